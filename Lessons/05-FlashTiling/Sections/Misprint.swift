import LessonKit

/// Section "A misprint worth knowing": the rescaling factor as FlashAttention-2 prints it.
extension FlashTilingLesson {
  func showErratum(_ notebook: Notebook) throws {
    notebook.heading("A misprint worth knowing")
    notebook.say(
      """
      The output so far was added up with weights $`e^{s - m}`$. If the maximum becomes $`m'`$, \
      these weights should have been $`e^{s - m'}`$. So multiply the output so far by the same \
      factor $`e^{m - m'}`$. The FlashAttention-2 paper prints the *inverse* of this factor in \
      section 3.1. Run both, on the same queries, keys and values, eight keys at a time. The \
      reference is the formula, in Double:
      """)
    let reference = "Sources/TensorCore/Reference/ReferenceAttention.swift"
    notebook.show("probabilities", in: reference, focus: "let visible")
    notebook.show("output", in: reference, focus: "for head in")
    notebook.show("Rescale", in: "Technique/Rescale.swift", focus: "for block in")
    let differences = notebook.step("rescale", "Compare both factors with the reference") {
      Keyed<Rescale, Double> { RescaleCheck(seed: notebook.seed).largestDifference($0) }
    }
    notebook.table(
      "erratum", columns: ["factor", "largest difference to the reference"],
      rows: differences.map { [$0.rawValue, Quantity.plain.text($1, digits: 2)] },
      caption: """
        The outputs are weighted means of values with standard deviation 1. With the printed \
        factor the earlier terms grow where they should shrink. On the first block the old maximum \
        is −∞ and the printed factor is infinite, so it is not used there.
        """)
    notebook.claim(
      "rescale-right",
      "With the correct factor, the output differs by at most {} from the reference",
      differences[.correct], atMost: 1e-5, from: .smoke, kind: .exact)
    notebook.claim(
      "rescale-printed",
      "With the printed factor, an output differs by up to {} from the reference",
      differences[.asPrinted], atLeast: 0.1, from: .smoke)
  }
}
