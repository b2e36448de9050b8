import LessonKit

/// Section "A softmax that does not overflow".
extension FlashTilingLesson {
  func showSafeSoftmax(_ notebook: Notebook) {
    notebook.heading("A softmax that does not overflow")
    notebook.say(
      """
      The formula of the softmax takes e to the power of every score. A score of 100 is not \
      unusual, and e¹⁰⁰ is too large for Float32. The remedy is older than attention: subtract the \
      largest score first. Its factor cancels, so the result is the same.
      """)
    notebook.formula(
      #"""
      \softmax(s)_i = \frac{e^{s_i - m}}{\sum_j e^{s_j - m}} \tag{1}
      m = \max_j s_j \tag{2}
      """#, legend: "s the scores of one query")
    notebook.show("bareSoftmax", in: "Technique/SafeSoftmax.swift")
    notebook.show("safeSoftmax", in: "Technique/SafeSoftmax.swift")
    let scores: [Float] = [98, 99, 100]
    let (bare, safe) = notebook.step("overflow", "Three scores near a hundred") {
      (bareSoftmax(scores), safeSoftmax(scores))
    }
    notebook.table(
      "overflow", columns: ["score", "by the formula", "largest subtracted first"],
      rows: scores.indices.map { i in
        [scores[i], bare[i], safe[i]].map { Quantity.plain.text(Double($0)) }
      },
      caption: "The same three scores: infinity divided by infinity, and the right result.")
    notebook.say(
      """
      This is safe, but it reads the row three times: once for the largest score, once for the \
      sum, once for the division. So the whole row has to be in memory. That is the problem to \
      solve.
      """)
  }
}
