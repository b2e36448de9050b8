import Calculator
import LessonKit

/// Section "Inference: does it fit on one card?"
extension MemoryAt100KLesson {
  func fitInference(_ notebook: Notebook) throws {
    notebook.heading("Inference: does it fit on one card?")
    notebook.say(
      """
      Now calculate LLaMA 7B on one card of \(gigabytes(Card.bytes)), in the order of the article's \
      list. Start with naive attention, which needs the score matrix of one layer in memory. Then \
      use tiled attention, then shared keys and values, and then fewer bits for each of them. The \
      prompt is read in one pass. A server reads it in chunks, of 2,048 tokens in `lab memory`, so \
      that the workspace is small at every length.
      """)
    for stage in inferenceStages {
      try drawTerms(notebook, stage, terms: [.weights, .cache, .workspace])
    }
    tabulateFit(notebook, inferenceStages)
  }
}
