import Calculator
import LessonKit

/// Section "Inference: does it fit on one card?"
extension MemoryAt100KLesson {
  func fitInference(_ notebook: Notebook) throws {
    notebook.heading("Inference: does it fit on one card?")
    notebook.say(
      """
      Now calculate LLaMA 7B on one card of \(gigabytes(Card.bytes)), technique by technique. Start \
      with naive attention, which needs the score matrices of one layer. Tiled attention removes \
      them. Reading the prompt in chunks, as servers do, removes most of the workspace. Both give \
      the same results. Shared key/value heads are another model, and fewer bits change the answers \
      a little.
      """)
    notebook.ask(
      "Which of these techniques removes the most bytes at 100,000 tokens?",
      answer: "The first: the score matrices grow with the square of the context, all other terms "
        + "in proportion to it.")
    try drawWaterfall(notebook, inferenceStages)
    tabulateFit(notebook, inferenceStages)
    let (naive, tiled) = (InferenceStage.naive, InferenceStage.tiled)
    notebook.claim(
      "inference-naive-longest",
      "With naive attention the longest context that fits is {} tokens, less than 100,000",
      longest(naive) ?? 0, atMost: 100_000, from: .smoke, as: .count, kind: .derived)
    notebook.claim(
      "inference-tiled-longest",
      "With tiled attention the longest context that fits is {} tokens, more than 100,000",
      longest(tiled), atLeast: 100_000, from: .smoke, as: .count, kind: .derived)
  }
}
