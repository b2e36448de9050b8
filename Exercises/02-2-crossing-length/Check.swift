func check(_ grader: Grader) throws {
  try grader.same(
    "crossingLength(modelDim: 100, feedForwardDim: 400, isCausal: false)",
    crossingLength(modelDim: 100, feedForwardDim: 400, isCausal: false), 600,
    mistakes: [
      Mistake("Attention makes two products; only one was counted.", 1200),
      Mistake("The feed-forward part is missing.", 200),
      Mistake("The feed-forward part has two matrices, there and back.", 400),
      Mistake("The projections of attention are weights too.", 400),
    ])
  try grader.same(
    "crossingLength(modelDim: 100, feedForwardDim: 300, isCausal: false)",
    crossingLength(modelDim: 100, feedForwardDim: 300, isCausal: false), 500,
    mistakes: [
      Mistake("The feed-forward part is not always four times as wide: use feedForwardDim.", 600)
    ])
  try grader.same(
    "crossingLength(modelDim: 100, feedForwardDim: 300, isCausal: true)",
    crossingLength(modelDim: 100, feedForwardDim: 300, isCausal: true), 1000,
    mistakes: [
      Mistake("The mask makes attention cheaper, so they meet later, not earlier.", 250),
      Mistake("The mask is not in it yet: with half the attention they meet later.", 500),
    ])
  for (d, f, isCausal) in [(3, 7, false), (64, 172, true), (4096, 16384, false)] {
    let asked = "crossingLength(modelDim: \(d), feedForwardDim: \(f), isCausal: \(isCausal))"
    let n = grader.ask(asked) {
      crossingLength(modelDim: d, feedForwardDim: f, isCausal: isCausal)
    }
    func share(_ n: Int) -> Double {
      Double((isCausal ? 2 : 4) * n * n * d) / Double(8 * n * d * d + 4 * n * d * f)
    }
    try grader.law(
      "At this length attention costs as much; one token less, and it costs less.", asking: asked,
      n > 1 && share(n) >= 1 && share(n - 1) < 1,
      found: n > 1 ? "\(n) tokens, where attention is \(share(n)) of the weights" : "\(n) tokens")
  }
}
