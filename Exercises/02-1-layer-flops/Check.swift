@testable import func Learner.layerFlops

func check(_ grader: Grader) throws {
  func flops(
    _ n: Double, _ d: Double, _ f: Double, projections: Double = 4, matrices: Double = 2,
    attention: Double = 4, each: Double = 2
  ) -> Double {
    each * (projections * n * d * d + matrices * n * d * f) + attention * each / 2 * n * n * d
  }
  func expect(_ n: Int, _ d: Int, _ f: Int) throws {
    let (a, b, c) = (Double(n), Double(d), Double(f))
    try grader.same(
      "layerFlops(length: \(n), modelDim: \(d), feedForwardDim: \(f))",
      layerFlops(length: n, modelDim: d, feedForwardDim: f), flops(a, b, c), within: 1e-9,
      mistakes: [
        Mistake(
          "A multiply-add is 2 FLOPs; here it counts as one.",
          flops(a, b, c, each: 1)),
        Mistake(
          "The output projection is missing: there are four.", flops(a, b, c, projections: 3)),
        Mistake(
          "The feed-forward layer has two matrices.",
          flops(a, b, c, matrices: 1)),
        Mistake(
          "Attention has two products: the scores, and the weighted sum of the values.",
          flops(a, b, c, attention: 2)),
        Mistake("Attention is missing.", flops(a, b, c, attention: 0)),
        Mistake(
          "Attention grows with the square of the length, n·n·d.",
          flops(a, b, c, attention: 0) + 4 * a * b * b),
      ])
  }
  try expect(10, 3, 7)
  try expect(1, 2, 5)
  try expect(4096, 4096, 16384)
  let (short, long) = grader.ask("layerFlops of 100,000 and of 200,000 tokens, width 1") {
    (
      layerFlops(length: 100_000, modelDim: 1, feedForwardDim: 4),
      layerFlops(length: 200_000, modelDim: 1, feedForwardDim: 4)
    )
  }
  try grader.law(
    "For a long text, twice the length costs nearly four times as much.",
    asking: "layerFlops of 100,000 and of 200,000 tokens, width 1",
    long / short > 3.99 && long / short < 4.01, found: "\(long / short) times")
}
