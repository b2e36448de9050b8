import LessonKit

/// Section "The softmax of a stream".
extension FlashTilingLesson {
  func showOnlineSoftmax(_ notebook: Notebook) throws {
    notebook.heading("The softmax of a stream")
    notebook.say(
      """
      Keep the largest score *so far* and the sum of all e^(s − m) *so far*. When a larger score \
      arrives, the old sum is too large. You know by which factor, because you know the old \
      maximum and the new one. Multiply the sum by that factor, and it is right again.
      """)
    notebook.formula(
      #"""
      m' = \max(m, s) \tag{3}
      \ell' = e^{m - m'} \ell + e^{s - m'} \tag{4}
      L = m + \ln \ell \tag{5}
      """#,
      legend: "m the running maximum, ℓ the running sum, L the logarithm of Σ e^s, in nats")
    notebook.show("OnlineSoftmax", in: "Technique/OnlineSoftmax.swift")
    let stream = notebook.step("stream", "Run it on a stream of scores") {
      StreamTrace(count: 96, seed: notebook.seed)
    }
    try notebook.figure(
      "stream", streamPlot(stream),
      caption: """
        \(stream.scores.count) scores, one after the other. The maximum rose \(stream.rises) \
        times. Each time the logarithm of the sum fell by the same amount, and then the new score \
        added 1 to the sum. L, which combines maximum and sum, only rises.
        """)
    notebook.claim(
      "stream-difference",
      "Softmax weights: largest difference between the stream and the safe softmax",
      stream.largestDifference, atMost: 1e-6, from: .smoke)
  }
}
