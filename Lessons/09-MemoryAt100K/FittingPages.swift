import Calculator
import LessonKit
import Plotting

/// One stop on the article's list: what is on so far.
struct Stage {
  let name: String
  let plan: MemoryPlan
}

/// Published models on an 80 GB card, technique by technique.
extension MemoryAt100KLesson {
  static let contexts = [2048, 8192, 32_768, 65_536, 100_000]
  static let card80 = Device.known.first { $0.name == "A100 80 GB" } ?? Device.known[0]
  static let trainingDevices = 64

  func fitInference(_ notebook: Notebook) throws {
    let room = gigabytes(Self.card80.bytes)
    notebook.heading("Reading: does it fit one card?")
    notebook.say(
      """
      Now LLaMA 7B on one card of \(room), as the article's list runs. First with attention as it \
      was: the score matrix of one layer in memory. Then tiled. Then with shared keys and values, \
      and with fewer bits for each of them.
      """)
    let stages = Self.inferenceStages
    for (stage, file) in zip(stages, ["plain", "tiled", "shared"]) {
      try stack(
        notebook, "inference-\(file)", stage, terms: [.weights, .cache, .workspace])
    }
    tabulate(notebook, "inference", stages)
  }

  func fitTraining(_ notebook: Notebook) throws {
    notebook.heading("Training: does it fit?")
    notebook.say(
      """
      LLaMA 7B's training state alone is \
      \(gigabytes(Self.llama.heldParameterCount * Double(TrainingState.mixed16.bytesPerParameter))), \
      so it is spread over \(Self.trainingDevices) cards (ZeRO-3), each with one sequence of its \
      own. What is left is what the layers remember.
      """)
    let stages = Self.trainingStages
    let terms: [MemoryEstimate.Kind] = [
      .weights, .gradients, .activations, .optimizer, .logits, .workspace,
    ]
    for (stage, file) in zip(stages, ["plain", "tiled", "selective", "full"])
    where file != "selective" {
      try stack(notebook, "training-\(file)", stage, terms: terms)
    }
    tabulate(notebook, "training", stages)
  }

  // MARK: The stops

  static var llama: ModelShape { ModelShape.published("LLaMA 7B") ?? ModelShape.published[0] }

  static var inferenceStages: [Stage] {
    var plan = MemoryPlan(model: llama, storesScores: true)
    var stages = [Stage(name: "plain attention", plan: plan)]
    plan.storesScores = false
    stages.append(Stage(name: "tiled", plan: plan))
    plan.model.kvHeadCount = 8
    stages.append(Stage(name: "tiled, 8 key/value heads", plan: plan))
    plan.model.kvHeadCount = 1
    stages.append(Stage(name: "tiled, 1 key/value head", plan: plan))
    plan.cacheFormat = .int8
    stages.append(Stage(name: "1 head, 8-bit cache", plan: plan))
    return stages
  }

  static var trainingStages: [Stage] {
    var plan = MemoryPlan(
      model: llama, use: .training, storesScores: true, stage: .parameters,
      deviceCount: trainingDevices)
    var stages = [Stage(name: "plain attention", plan: plan)]
    var selective = plan
    selective.recomputation = .selective
    plan.storesScores = false
    stages.append(Stage(name: "tiled", plan: plan))
    stages.append(Stage(name: "plain, selective", plan: selective))
    plan.recomputation = .full
    stages.append(Stage(name: "tiled, full recomputation", plan: plan))
    return stages
  }

  // MARK: Drawing

  /// Terms by context, stacked, up to twice the card.
  private func stack(
    _ notebook: Notebook, _ name: String, _ stage: Stage, terms: [MemoryEstimate.Kind]
  ) throws {
    let room = Self.card80.bytes
    let estimates = Self.contexts.map { context -> MemoryEstimate in
      var plan = stage.plan
      plan.context = context
      return plan.estimate
    }
    let beyond = zip(Self.contexts, estimates).filter { $0.1.total > 2 * room }.map {
      "\(Quantity.count.text(Double($0.0))): \(gigabytes($0.1.total, digits: 3))"
    }
    let longest = stage.plan.longestContext(within: room)
    try notebook.figure(
      name,
      BarPlot(
        title: "\(stage.plan.model.name), \(stage.plan.use.rawValue): \(stage.name)",
        xLabel: "context (tokens)", y: .linear("bytes on one card (GB)", range: 0...2 * room / 1e9),
        categories: Self.contexts.map { Quantity.count.text(Double($0)) },
        series: terms.map { term in
          BarPlot.Bars(term.rawValue, values: estimates.map { $0[term] / 1e9 })
        }, isStacked: true, marks: [.horizontal(room / 1e9, "the card: \(gigabytes(room))")]),
      caption: """
        The longest context that fits is \
        \(longest.map { Quantity.count.text(Double($0)) } ?? "none") tokens. \
        \(beyond.isEmpty
          ? "No bar leaves the picture."
          : "Bars that leave the picture: \(beyond.joined(separator: ", ")).")
        """)
  }

  private func tabulate(_ notebook: Notebook, _ name: String, _ stages: [Stage]) {
    let room = Self.card80.bytes
    notebook.table(
      "fit-\(name)",
      columns: ["what is on"] + Self.contexts.map { Quantity.count.text(Double($0)) },
      rows: stages.map { stage in
        [stage.name]
          + Self.contexts.map { context in
            var plan = stage.plan
            plan.context = context
            let total = plan.estimate.total
            return (total <= room ? "✓ " : "✗ ") + gigabytes(total, digits: 3)
          }
      }, caption: "Bytes on one card by context; ✓ fits into \(gigabytes(room)).")
  }
}
