func lossByPosition(_ losses: [Float]) -> [Float] {
  var means: [Float] = []
  var (start, end) = (0, 1)
  while start < losses.count {
    let group = losses[start..<min(end, losses.count)]
    means.append(group.reduce(0, +) / Float(group.count))
    start = end
    end *= 2
  }
  return means
}
