import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The recall models of a mask, one for each seed.
typealias RecallModels = Keyed<Mask, [TrainedModel]>

/// Section "What a model can recall": trained models of each mask, asked at every gap.
extension SparseMasksLesson {
  func testRecall(_ notebook: Notebook, _ experiment: Experiment) throws -> RecallModels {
    introduceRecall(notebook, experiment)
    let models = try notebook.step("train-recall", "Train models with each mask") {
      try experiment.recallPatterns.mapValues { _, pattern in
        try experiment.seeds.map { try trainRecall(notebook, experiment, pattern, seed: $0) }
      }
    }
    let recall = notebook.step("ask-recall", "Ask for values at every gap") {
      notebook.keyed(models.keys) { mask in
        RecallOfSeeds(
          zip(models[mask], experiment.seeds).map { trained, seed in
            RecallByGap(
              trained.model, experiment.recallTask, experiment.recallPatterns[mask],
              sequences: experiment.recallSequences, seed: seed)
          })
      }
    }
    try drawRecall(notebook, experiment, recall)
    tabulateRecall(notebook, experiment, recall)
    claimRecall(notebook, experiment, recall)
    try discussRelays(notebook, experiment, recall)
    return models
  }

  private func trainRecall(
    _ notebook: Notebook, _ experiment: Experiment, _ pattern: any SparsePattern, seed: UInt64
  ) throws -> TrainedModel {
    let task = experiment.recallTask
    var generator = SeededGenerator(seed: seed, stream: "recall batches")
    return try notebook.train(
      "\(pattern.name), seed \(seed)", experiment.recallConfiguration.with(pattern: pattern),
      experiment.recallSchedule, material: task.identity, seed: seed
    ) {
      let batch = task.batch(experiment.recallSchedule.batchCount, &generator)
      return (batch.inputs, batch.targets)
    }
  }

  private func introduceRecall(_ notebook: Notebook, _ experiment: Experiment) {
    let (task, W) = (experiment.recallTask, experiment.recallWindow)
    let layers = experiment.recallConfiguration.layerCount
    notebook.heading("What a model can recall")
    notebook.say(
      """
      The texts of this test are statements and questions. A statement gives a key and its value \
      in one token. A question names a key and asks for its value. Every key is stated **once** in \
      a text, and its value is drawn at that statement. So nothing else in the text helps, and a \
      guess is right once in \(task.valueCount). The **gap** is the distance back to the statement.
      """)
    notebook.show(
      "AssociativeRecall", in: "Sources/Corpora/Tasks/AssociativeRecall.swift",
      focus: "for position in")
    notebook.say(
      """
      You train \(experiment.seedCount) models with each mask: \(layers) layers of width \
      \(experiment.recallConfiguration.modelDim) without positions, W = \(W), texts of \
      \(task.length) tokens with \(task.keyCount) keys, \(experiment.recallSchedule.stepCount) \
      steps. The token vectors are given: one element for each key and each value.
      """)
    notebook.say(
      """
      Beside each measured share stands what **direct sight** alone would give. That reader knows \
      every statement that the mask shows to the question, and guesses all others. Only what a \
      model has *above* direct sight was passed on by another token, one layer later.
      """)
    notebook.ask(
      """
      A window of W = \(W) and \(layers) layers. At which gaps is the model always right, at which \
      can it be, and at which must it guess?
      """,
      answer: """
        Up to W − 1 = \(W - 1) it sees the statement. Up to L(W − 1) = \(layers * (W - 1)) another \
        token can pass the statement on, if the model learned to. Beyond that nothing has arrived.
        """)
  }

  private func drawRecall(
    _ notebook: Notebook, _ experiment: Experiment, _ recall: Keyed<Mask, RecallOfSeeds>
  ) throws {
    let window = experiment.recallWindow
    let reach = experiment.recallConfiguration.layerCount * (window - 1)
    let patterns = experiment.recallPatterns
    let gaps = 1...max(reach + 2, experiment.recallLength * 3 / 4)
    try notebook.figure(
      "recall",
      HeatMap(
        title: "Recall by gap; a guess is right in "
          + Quantity.percent.text(experiment.recallTask.chance, digits: 3),
        values: recall.map { $1 }.flatMap { recall in
          gaps.map { Float(recall.accuracy($0...$0) ?? .nan) }
        }, rows: recall.keys.count, columns: gaps.count,
        xLabel: "gap (tokens back to the statement)", yLabel: "",
        xRange: Double(gaps.lowerBound)...Double(gaps.upperBound),
        xTicks: [
          Tick(Double(gaps.lowerBound), "\(gaps.lowerBound)"), Tick(Double(window - 1), "W − 1"),
          Tick(Double(reach), "L(W − 1)"), Tick(Double(gaps.upperBound), "\(gaps.upperBound)"),
        ],
        yTicks: recall.keys.enumerated().map { Tick(Double($0), patterns[$1].name) },
        barLabel: "share of right values", valueRange: 0...1, maximumPixelSide: 900,
        gapLabel: "not asked"),
      caption: """
        Mean of \(experiment.seedCount) seeds. The window has three ranges of gaps: what it sees, \
        what another token can pass on, and what cannot have arrived. The strided mask sees \
        multiples of its stride at any distance, the dilated mask every second token of its reach.
        """)
  }

  private func tabulateRecall(
    _ notebook: Notebook, _ experiment: Experiment, _ recall: Keyed<Mask, RecallOfSeeds>
  ) {
    let window = experiment.recallWindow
    let reach = experiment.recallConfiguration.layerCount * (window - 1)
    let chance = experiment.recallTask.chance
    func text(_ value: Double?) -> String {
      value.map { Quantity.percent.text($0, digits: 3) } ?? "not asked"
    }
    notebook.table(
      "recall",
      columns: ["mask"]
        + [
          "gap up to W − 1 = \(window - 1)", "up to L(W − 1) = \(reach)", "beyond",
        ].flatMap { ["\($0): right", "direct sight"] },
      rows: recall.map { mask, recall in
        [experiment.recallPatterns[mask].name]
          + GapBand.allCases.flatMap { band -> [String] in
            let gaps = experiment.gaps(band)
            return [
              text(recall.accuracy(gaps)), text(recall.directAccuracy(gaps, chance: chance)),
            ]
          }
      },
      caption: """
        Share of right values, mean of \(experiment.seedCount) seeds, and the share that direct \
        sight alone would give. A guess is right \(Quantity.percent.text(chance, digits: 3)) of \
        the time.
        """)
  }

  private func claimRecall(
    _ notebook: Notebook, _ experiment: Experiment, _ recall: Keyed<Mask, RecallOfSeeds>
  ) {
    let (causal, window) = (recall[.causal], recall[.window])
    let chance = experiment.recallTask.chance
    // All pilots gave the same, so there is no range to choose a bound from.
    let all = causal.accuracies(1...experiment.recallLength)
    notebook.claim(
      "recall-causal", "With full attention, {} of all answers are right (least of the seeds)",
      all.min(), atLeast: 0.99, as: .percent, seeds: all, pilots: Pilot.recallCausal)
    let visible = window.accuracies(experiment.gaps(.visible))
    notebook.claim(
      "recall-window-visible",
      "Where a window sees the statement, {} of the answers are right (least of the seeds)",
      visible.min(), atLeast: 0.99, as: .percent, seeds: visible, pilots: Pilot.recallVisible)
    notebook.claim(
      "recall-window-relayed",
      "Where another token must pass the statement on to a window, {} of the answers are right; a "
        + "guess would be right in \(Quantity.percent.text(chance, digits: 3))",
      window.accuracies(experiment.gaps(.relayed)), as: .recallRelayed, .percent)
    notebook.claim(
      "recall-window-beyond",
      "Where nothing can have arrived, a window is right {} as often as a guess",
      window.accuracies(experiment.gaps(.outOfReach)).map { $0 / chance }, as: .recallBeyond)
  }

  private func discussRelays(
    _ notebook: Notebook, _ experiment: Experiment, _ recall: Keyed<Mask, RecallOfSeeds>
  ) throws {
    let (band, chance) = (experiment.gaps(.outOfReach), experiment.recallTask.chance)
    let masks = recall.keys.filter { $0 != .causal }
    let values = masks.map { recall[$0].accuracies(band) }
    try notebook.figure(
      "relayed",
      DotPlot(
        title: "Beyond a window's reach: right answers and direct sight",
        x: .linear("share of values (%)"),
        categories: masks.map { experiment.recallPatterns[$0].name },
        series: [
          .init(
            "direct sight, else a guess",
            values: masks.map {
              100 * (recall[$0].directAccuracy(band, chance: chance) ?? .nan)
            }, of: .reference),
          .init(
            "right answers", values: values.map { 100 * mean($0) },
            low: values.map { 100 * ($0.min() ?? .nan) },
            high: values.map { 100 * ($0.max() ?? .nan) }, of: .window),
        ]),
      caption: """
        Mean and range of \(experiment.seedCount) seeds, gaps above \(band.lowerBound - 1). What \
        stands to the right of direct sight was passed on by other tokens.
        """)
    func ratios(_ mask: Mask) -> [Double] {
      recall[mask].seeds.compactMap { seed in
        guard let right = seed.accuracy(band),
          let direct = seed.directAccuracy(band, chance: chance)
        else { return nil }
        return right / direct
      }
    }
    func sentence(_ name: String) -> String {
      "Beyond a window's reach, with \(name), answers are right {} as often as by direct sight"
    }
    notebook.claim(
      "recall-global-beyond", sentence("global tokens"), ratios(.global), as: .globalBeyond)
    notebook.claim(
      "recall-strided-beyond", sentence("a stride"), ratios(.strided), as: .stridedBeyond)
    notebook.claim("recall-sinks-beyond", sentence("sinks"), ratios(.sinks), as: .sinksBeyond)
    notebook.notice(
      "What was passed on",
      """
      A global token sees everything before it, and everything after it sees the token. So every \
      statement *can* have arrived. But the token's vector must hold all keys with their values \
      before any question is known. Sinks see nothing but each other. What a model with sinks \
      answers beyond its window, it sees directly: the first statements of the text.
      """)
  }
}

extension Experiment {
  fileprivate func gaps(_ band: GapBand) -> ClosedRange<Int> {
    band.gaps(
      window: recallWindow, layers: recallConfiguration.layerCount, length: recallLength)
  }
}
