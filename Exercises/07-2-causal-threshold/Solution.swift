func chosen(_ scores: [Float], past: [Float], capacity: Double) -> [Int] {
  let k = max(1, Int((capacity * Double(past.count)).rounded()))
  let threshold = past.sorted(by: >)[k - 1]
  return scores.indices.filter { scores[$0] >= threshold }
}
