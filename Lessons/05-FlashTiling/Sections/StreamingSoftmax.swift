import LessonKit

/// Section "The softmax of a stream".
extension FlashTilingLesson {
  func showOnlineSoftmax(_ notebook: Notebook) throws {
    notebook.heading("The softmax of a stream")
    notebook.say(
      """
      Keep the largest score *so far* and the sum of all $`e^{s - m}`$ *so far*. When a larger \
      score arrives, the old sum is too large. You know by which factor, because you know the old \
      maximum and the new one. Multiply the sum by that factor, and it is right again.
      """)
    notebook.formula(
      #"""
      m' = \max(m, s) \tag{3}
      \ell' = e^{m - m'} \ell + e^{s - m'} \tag{4}
      L = m + \ln \ell \tag{5}
      """#,
      legend: "m the running maximum, ℓ the running sum, L the logarithm of $`\\sum e^s`$, in nats")
    notebook.show("OnlineSoftmax", in: "Technique/OnlineSoftmax.swift", focus: "absorb")
    notebook.showLearners(Self.onlineSoftmax)
    calculateByHand(notebook)
    notebook.ask(
      """
      A long stream of scores drifts upward. What happens to the running maximum, to the running \
      sum and to L each time a score exceeds all before it?
      """,
      answer: """
        The maximum rises. The sum so far is multiplied by $`e^{m - m'}`$, so it falls, and the \
        new score adds 1. L is the logarithm of a sum that only grows, so it rises.
        """)
    let learners = notebook.learners(Self.onlineSoftmax)
    let stream = try notebook.step("stream", "Run it on a stream of scores") {
      try StreamTrace(count: 96, seed: notebook.seed).computed(by: learners)
    }
    let whose = learners == nil ? "" : " Maximum and sum are those of your code."
    try notebook.figure(
      "stream", streamPlot(stream),
      caption: """
        \(stream.scores.count) scores, one after the other. The maximum rose \(stream.rises) \
        times. Each time the logarithm of the sum fell by the same amount, and then the new score \
        added 1 to the sum. L, which combines maximum and sum, only rises.\(whose)
        """)
    notebook.claim(
      "stream-difference",
      "A weight of the stream differs by at most {} from that of the safe softmax",
      stream.largestDifference, atMost: 1e-6, from: .smoke, kind: .exact)
  }

  /// Three scores and their values, with the output so far, which is rescaled like the sum.
  private func calculateByHand(_ notebook: Notebook) {
    let trace = HandTrace(scores: [1, 3, 2], values: [10, 20, 30])
    func text(_ value: Float) -> String { Quantity.plain.text(Double(value)) }
    notebook.example(
      "By hand: three scores with their values",
      columns: ["score", "value", "m", "factor $`e^{m - m'}`$", "ℓ", "output so far"],
      rows: trace.steps.map { step in
        [step.score, step.value, step.maximum, step.factor, step.sum, step.output].map(text)
      },
      result: """
        At the end, output / ℓ = \(text(trace.result)). The safe softmax of the three scores, \
        \(trace.weights.map(text).joined(separator: ", ")), gives the same mean of the values: \
        \(text(trace.expected)).
        """)
  }
}
