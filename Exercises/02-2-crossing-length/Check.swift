@testable import func Learner.crossingLength
@testable import struct Learner.Layer

/// The answer, or that of a common mistake.
private func crossing(
  _ layer: Layer, divisor: Int, sharesKeys: Bool = true, matrices: Int? = nil, output: Bool = true,
  roundsUp: Bool = true
) -> Int {
  let (query, key) = (layer.headCount * layer.headDim, layer.kvHeadCount * layer.headDim)
  let shared = sharesKeys ? 2 * key : 2 * query
  let weights =
    layer.modelDim * ((output ? 2 : 1) * query + shared)
    + (matrices ?? layer.matrixCount) * layer.modelDim * layer.feedForwardDim
  return (weights + (roundsUp ? divisor - 1 : 0)) / divisor
}

func check(_ grader: Grader) throws {
  let plain = Layer(
    modelDim: 100, headCount: 10, kvHeadCount: 10, headDim: 10, feedForwardDim: 400, matrixCount: 2)
  try grader.same(
    "crossingLength of width 100, 10 heads of 10, no shared heads, feed-forward 400, 2 matrices",
    crossingLength(of: plain, isCausal: false), 600,
    mistakes: [
      Mistake("Attention has two products; only one was counted.", 1200),
      Mistake("The feed-forward layer is missing.", 200),
      Mistake(
        "The output projection has weights too.",
        crossing(plain, divisor: 200, output: false)),
    ])
  let shared = Layer(
    modelDim: 97, headCount: 9, kvHeadCount: 3, headDim: 8, feedForwardDim: 250, matrixCount: 3)
  let asked = "crossingLength of width 97, 9 heads of 8, 3 key heads, feed-forward 250, 3 matrices"
  try grader.same(
    asked, crossingLength(of: shared, isCausal: false), crossing(shared, divisor: 144),
    mistakes: [
      Mistake(
        "Keys and values are only kvHeadCount heads wide.",
        crossing(shared, divisor: 144, sharesKeys: false)),
      Mistake(
        "Sharing keys saves no scores: attention is headCount · headDim wide.",
        crossing(shared, divisor: 48)),
      Mistake(
        "Attention is headCount · headDim wide, which need not be modelDim.",
        crossing(shared, divisor: 192)),
      Mistake(
        "The feed-forward layer has matrixCount matrices, not two.",
        crossing(shared, divisor: 144, matrices: 2)),
      Mistake(
        "Round up: with one token less, attention costs less than the weights.",
        crossing(shared, divisor: 144, roundsUp: false)),
    ])
  try grader.same(
    asked + ", causal", crossingLength(of: shared, isCausal: true), crossing(shared, divisor: 72),
    mistakes: [
      Mistake(
        "The mask makes attention cheaper, so the length is larger, not smaller.",
        crossing(shared, divisor: 288)),
      Mistake(
        "The mask is missing: with half the attention the length is larger.",
        crossing(shared, divisor: 144)),
    ])
}
