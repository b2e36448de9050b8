import Foundation

@testable import func Learner.yarnFrequencies

/// What a common mistake changes.
private enum Slip { case none, inverted, radians, unclamped, cubed, newLength, mixedFactors }

private func reference(
  _ headDim: Int, _ base: Double, _ factor: Double, _ length: Double, _ slip: Slip = .none,
  slow: Double = 1, fast: Double = 8
) -> [Double] {
  (0..<headDim / 2).map { pair -> Double in
    let frequency = pow(base, -2 * Double(pair) / Double(headDim))
    let tokens = slip == .newLength ? length * factor : length
    let rotations = tokens * frequency / (slip == .radians ? 1 : 2 * Double.pi)
    var kept = (rotations - slow) / (fast - slow)
    if slip != .unclamped { kept = min(1, max(0, kept)) }
    if slip == .inverted { kept = 1 - kept }
    if slip == .cubed { kept = rotations > slow ? 1 : 0 }
    if slip == .mixedFactors { return frequency / (kept + (1 - kept) * factor) }
    return kept * frequency + (1 - kept) * frequency / factor
  }
}

func check(_ grader: Grader) throws {
  func answer(_ headDim: Int, _ base: Double, _ factor: Double, _ length: Int) -> [Double] {
    yarnFrequencies(
      headDim: headDim, base: base, factor: factor, trainedLength: length, slow: 1, fast: 8)
  }
  func wrong(_ slip: Slip) -> [Double] { reference(16, 100, 4, 40, slip) }
  try grader.same(
    "yarnFrequencies(headDim: 16, base: 100, factor: 4, trainedLength: 40, slow: 1, fast: 8)",
    answer(16, 100, 4, 40), wrong(.none), within: 1e-9,
    mistakes: [
      Mistake(
        "It is the wrong way around: slow pairs are divided by the factor, fast ones stay.",
        wrong(.inverted)),
      Mistake("Those are radians: a rotation has 2π of them.", wrong(.radians)),
      Mistake("The part that stays is never below 0 and never above 1.", wrong(.unclamped)),
      Mistake(
        "Between `slow` and `fast` both frequencies are mixed: no jump from one to the other.",
        wrong(.cubed)),
      Mistake(
        "Count the rotations within the trained length, not within the new one.",
        wrong(.newLength)),
      Mistake("Mix the two frequencies, not the factors.", wrong(.mixedFactors)),
      Mistake(
        "All pairs were divided by the factor: that is position interpolation.",
        reference(16, 100, 1, 40).map { $0 / 4 }),
      Mistake("Nothing was changed.", reference(16, 100, 1, 40)),
    ])
  try grader.same(
    "the same with slow: 2, fast: 5",
    yarnFrequencies(
      headDim: 16, base: 100, factor: 4, trainedLength: 40, slow: 2, fast: 5),
    reference(16, 100, 4, 40, slow: 2, fast: 5), within: 1e-9,
    mistakes: [
      Mistake(
        "`slow` and `fast` are parameters: they are 2 and 5 here, not 1 and 8.", wrong(.none)),
      Mistake("`slow` is a parameter: it is 2 here, not 1.", reference(16, 100, 4, 40, fast: 5)),
      Mistake("`fast` is a parameter: it is 5 here, not 8.", reference(16, 100, 4, 40, slow: 2)),
    ])
  try grader.same(
    "the same with slow: 1, fast: 8, factor: 1: nothing changes", answer(16, 100, 1, 40),
    (0..<8).map { pair -> Double in pow(100, -2 * Double(pair) / 16) }, within: 1e-9)
  let question = "yarnFrequencies(headDim: 64, base: 10_000, factor: 16, trainedLength: 2048, …)"
  let long = grader.ask(question) { answer(64, 10_000, 16, 2048) }
  try grader.same(question, long, reference(64, 10_000, 16, 2048), within: 1e-9)
  try grader.law(
    "The slowest pair has no new angle: at the new length it is where it was at the trained one.",
    asking: question,
    abs((long.last ?? 0) * 16 - pow(10_000, -62.0 / 64)) < 1e-12, found: "\(long.last ?? 0)")
}
