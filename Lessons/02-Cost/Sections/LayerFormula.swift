import LessonKit

/// The section "What a layer computes": the FLOPs of one layer by formula.
extension CostLesson {
  func writeFormula(_ notebook: Notebook) {
    notebook.heading("What a layer computes")
    notebook.say(
      """
      Every matrix product of a layer is a sum of multiplications and additions, so you can write \
      down its cost. This is the cost for n tokens of width d, with one head or many, and with a \
      feed-forward layer that is four times as wide:
      """)
    notebook.formula(
      #"""
      \text{linear layers:} \quad 6nd^2 + 2nd^2 + 8nd^2 + 8nd^2 = 24nd^2
      \text{attention:} \quad 2n^2 d + 2n^2 d = 4n^2 d
      """#,
      legend: """
        FLOPs of the forward pass; a multiply-add is 2 FLOPs. n tokens, d width. Queries, keys and \
        values cost 6nd², the output projection 2nd², up and down projection 8nd² each; scores and \
        weighted sums cost 2n²d each. A causal kernel that skips masked pairs needs half of these: \
        2n²d.
        """)
  }
}
