import Calculator
import LessonKit

/// Section "Inference: does it fit on one card?"
extension MemoryAt100KLesson {
  func fitInference(_ notebook: Notebook) throws {
    notebook.heading("Inference: does it fit on one card?")
    notebook.say(
      """
      Now LLaMA 7B on one card of \(gigabytes(Card.bytes)), in the order of the article's list. \
      First with naive attention, where the score matrix of one layer is in memory. Then tiled. Then \
      with shared keys and values, and with fewer bits for each of them.
      """)
    for stage in inferenceStages {
      try drawTerms(notebook, stage, terms: [.weights, .cache, .workspace])
    }
    tabulateFit(notebook, inferenceStages)
  }
}
