@testable import func Learner.segments

func check(_ grader: Grader) throws {
  try grader.same("segments(layerCount: 1)", segments(layerCount: 1), [0..<1])
  try grader.same(
    "segments(layerCount: 9)", segments(layerCount: 9), [0..<3, 3..<6, 6..<9],
    mistakes: [
      Mistake(
        "A segment starts where the previous one ended, not one layer later.",
        [0..<3, 4..<7, 8..<9]),
      Mistake(
        "That is one segment per layer: all inputs are kept, as without recomputation.",
        (0..<9).map { $0..<$0 + 1 }),
      Mistake(
        "That is one segment for all layers: in the backward pass every input is in memory at once.",
        [0..<9]),
    ])
  for n in [2, 3, 5, 7, 10, 12, 17, 24, 50, 96, 1000] {
    let question = "segments(layerCount: \(n))"
    let found = grader.ask(question) { segments(layerCount: n) }
    let layers = found.flatMap { Array($0) }
    let lost = (0..<n).first { !layers.contains($0) }
    try grader.law(
      "Every layer is in a segment.", asking: question, lost == nil,
      found: "layer \(lost ?? 0) is in no segment: \(found)",
      meaning: "The last segment, shorter than the others, was left out.")
    try grader.law(
      "No layer is in two segments, and they come in order.", asking: question,
      layers == Array(0..<n), found: "\(found)")
    let kept = found.count + (found.map(\.count).max() ?? 0)
    let sums = (1...n).map { size -> Int in (n + size - 1) / size + size }
    let best = sums.min() ?? 0
    try grader.law(
      "The number of segments plus the length of the longest is the minimum, \(best).",
      asking: question,
      kept == best,
      found: "\(found.count) segments, the longest of "
        + "\(found.map(\.count).max() ?? 0): \(kept)",
      meaning: "Segments of about √\(n) layers are the best.")
  }
}
