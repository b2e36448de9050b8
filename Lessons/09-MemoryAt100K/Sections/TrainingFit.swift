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
      rest of a card's memory is for activations. Without any technique, 100,000 tokens need \
      terabytes for them.
      """)
    notebook.ask(
      "With tiled attention and full recomputation it fits. What is the largest term then?",
      answer: "Still the activations: one input per layer, and one layer that is being recomputed. "
        + "Behind them come the logits, which are as wide as the vocabulary.")
    try drawWaterfall(notebook, trainingStages)
    tabulateFit(notebook, trainingStages)
    notebook.claim(
      "training-tiled-longest",
      "With tiled attention and no recomputation the longest context for training is {} tokens, "
        + "less than 100,000",
      longest(TrainingStage.tiled) ?? 0, atMost: 100_000, from: .smoke, as: .count, kind: .derived)
    notebook.claim(
      "training-full-longest", "With full recomputation too it is {} tokens, more than 100,000",
      longest(TrainingStage.tiledFull), atLeast: 100_000, from: .smoke, as: .count, kind: .derived)
    calculateTraining(notebook)
  }

  /// The terms of one plan from the model's sizes, as on paper.
  private func calculateTraining(_ notebook: Notebook) {
    let plan = TrainingStage.tiledFull.plan
    let (model, estimate) = (plan.model, plan.estimate)
    let (n, d, layers) = (Double(plan.context), Double(model.modelDim), Double(model.layerCount))
    let (f, v) = (Double(model.layer.feedForward.hiddenDim), Double(model.vocabularyCount))
    let layer = LayerActivations(model)
    let rows: [(String, String, Double)] = [
      (
        "weights, gradients, optimizer",
        "16 · \(Quantity.count.text(model.parameterCount)) / \(TrainingStage.deviceCount)",
        16 * Double(model.parameterCount) / Double(TrainingStage.deviceCount)
      ),
      (
        "inputs of \(model.layerCount - 1) layers",
        "2 · \(model.modelDim) · \(model.layerCount - 1) · 100,000", 2 * d * (layers - 1) * n
      ),
      (
        "the last layer, all of it",
        "2 · (8 · \(model.modelDim) + 3 · \(model.layer.feedForward.hiddenDim)) · 100,000",
        2 * (8 * d + 3 * f) * n
      ),
      ("the last norm: input and result", "2 · 2 · \(model.modelDim) · 100,000", 4 * d * n),
      ("logits", "4 · \(model.vocabularyCount) · 100,000", 4 * v * n),
      ("gradient of the last norm's result", "2 · \(model.modelDim) · 100,000", 2 * d * n),
      (
        "one layer's weights and gradients, brought together",
        "2 · 2 · \(Quantity.count.text(model.weights(of: model.layer).total))",
        4 * Double(model.weights(of: model.layer).total)
      ),
    ]
    let sum = rows.reduce(0) { $0 + $1.2 }
    notebook.example(
      "By hand: the peak of training \(model.name), full recomputation",
      columns: ["what", "bytes", "sum"],
      rows: rows.map { [$0.0, $0.1, gigabytes($0.2)] },
      result: """
        Together \(gigabytes(sum)), at the moment “\(estimate.peak.name)”. The calculator says \
        \(gigabytes(estimate.total)). A layer of LLaMA keeps 8 vectors of its width (inputs and \
        results of two norms, queries, keys, values, the result of attention) and 3 of its hidden \
        width: \(Quantity.count.text(layer.elements)) values.
        """)
    notebook.claim(
      "by-hand-differs", "The sum by hand differs by {} from the calculator's",
      abs(sum / estimate.total - 1), atMost: 1e-6, from: .smoke, as: .percent, kind: .derived)
  }
}
