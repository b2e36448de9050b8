import Calculator
import LessonKit

/// Section "Training: does it fit?"
extension MemoryAt100KLesson {
  func fitTraining(_ notebook: Notebook) throws {
    let state =
      Double(ModelShape.llama7B.parameterCount)
      * Double(TrainingState.mixed16.bytesPerParameter)
    notebook.heading("Training: does it fit?")
    notebook.say(
      """
      The training state of LLaMA 7B alone takes \(gigabytes(state)). So it is spread over \
      \(TrainingStage.deviceCount) cards (ZeRO-3), and each card trains on its own sequence. The \
      rest of a card's memory is for activations.
      """)
    for stage in trainingStages {
      try drawTerms(
        notebook, stage,
        terms: [.weights, .gradients, .activations, .optimizer, .logits, .workspace])
    }
    tabulateFit(notebook, trainingStages)
  }
}
