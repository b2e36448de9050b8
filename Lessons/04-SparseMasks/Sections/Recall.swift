import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Section "What a model can recall": one trained model per mask, asked at every gap.
extension SparseMasksLesson {
  func testRecall(_ notebook: Notebook, _ experiment: Experiment) throws {
    introduceRecall(notebook, experiment)
    let task = experiment.recallTask
    let models = try notebook.step("train-recall", "Train one model per mask") {
      try experiment.recallPatterns.mapValues { _, pattern in
        var generator = SeededGenerator(seed: notebook.seed, stream: "recall batches")
        return try notebook.train(
          pattern.name, experiment.recallConfiguration.with(pattern: pattern),
          experiment.recallSchedule, material: task.identity
        ) {
          let batch = task.batch(experiment.recallSchedule.batchCount, &generator)
          return (batch.inputs, batch.targets)
        }
      }
    }
    let recall = notebook.step("ask-recall", "Ask for values at every gap") {
      notebook.keyed(models.keys) {
        RecallByGap(
          models[$0].model, task, sequences: experiment.recallSequences, seed: notebook.seed)
      }
    }
    try drawRecall(notebook, experiment, recall)
    tabulateRecall(notebook, experiment, recall)
    claimRecall(notebook, experiment, recall)
    discussGlobalTokens(notebook, experiment, recall)
  }

  private func introduceRecall(_ notebook: Notebook, _ experiment: Experiment) {
    let (task, W) = (experiment.recallTask, experiment.recallWindow)
    let layers = experiment.recallConfiguration.layerCount
    notebook.heading("What a model can recall")
    notebook.say(
      """
      The texts of this test are statements and questions. A statement gives a key and its value \
      in one token. A question names a key and asks for its value. The **gap** is the distance \
      back to the last statement of that key. Values are drawn anew for each text, so no model can \
      memorize them, and a guess is right once in \(task.valueCount). To answer, the model only \
      has to look at the right token, so the mask decides whether it can.
      """)
    notebook.show(
      "AssociativeRecall", in: "Sources/Corpora/Tasks/AssociativeRecall.swift",
      focus: "for position in")
    notebook.say(
      """
      You train one model per mask: \(layers) layers of width \
      \(experiment.recallConfiguration.modelDim), W = \(W), texts of \(task.length) tokens, \
      \(experiment.recallSchedule.stepCount) steps, the same batches. The window sees a statement \
      up to a gap of W − 1 = \(W - 1). Beyond L · (W − 1) = \(layers * (W - 1)) no information \
      about it can have arrived. Between the two it depends on what the model learned.
      """)
  }

  private func drawRecall(
    _ notebook: Notebook, _ experiment: Experiment, _ recall: Keyed<Mask, RecallByGap>
  ) throws {
    let window = experiment.recallWindow
    let reach = experiment.recallConfiguration.layerCount * (window - 1)
    let patterns = experiment.recallPatterns
    let asked = recall.map { $1.gaps(askedAtLeast: 1) }.joined()
    let gaps = (asked.min() ?? 1)...max(asked.max() ?? 2, (asked.min() ?? 1) + 1)
    try notebook.figure(
      "recall",
      HeatMap(
        title: "Recall by gap; a guess is right in "
          + Quantity.percent.text(experiment.recallTask.chance, digits: 3),
        values: recall.map { $1 }.flatMap { recall in
          let asked = Set(recall.gaps(askedAtLeast: experiment.scale == .smoke ? 1 : 40))
          return gaps.map { asked.contains($0) ? Float(recall.accuracy($0...$0) ?? .nan) : .nan }
        }, rows: recall.keys.count, columns: gaps.count,
        xLabel: "gap (tokens back to the statement)", yLabel: "",
        xRange: Double(gaps.lowerBound)...Double(gaps.upperBound),
        xTicks: [
          Tick(Double(gaps.lowerBound), "\(gaps.lowerBound)"), Tick(Double(window - 1), "W − 1"),
          Tick(Double(reach), "L(W − 1)"), Tick(Double(gaps.upperBound), "\(gaps.upperBound)"),
        ],
        yTicks: recall.keys.enumerated().map { Tick(Double($0), patterns[$1].name) },
        barLabel: "share of right values", valueRange: 0...1, maximumPixelSide: 900,
        gapLabel: "not asked often"),
      caption: """
        A window has three ranges of gaps: what it sees, what another token can pass on, and what \
        cannot have arrived. The strided mask sees multiples of its stride at any distance. The \
        dilated mask sees every second token of its reach. Sinks keep the first statements of each \
        text visible.
        """)
  }

  private func tabulateRecall(
    _ notebook: Notebook, _ experiment: Experiment, _ recall: Keyed<Mask, RecallByGap>
  ) {
    let window = experiment.recallWindow
    let reach = experiment.recallConfiguration.layerCount * (window - 1)
    let patterns = experiment.recallPatterns
    notebook.table(
      "recall",
      columns: ["mask"]
        + GapBand.allCases.map { band in
          switch band {
          case .visible: "gap up to W − 1 = \(window - 1)"
          case .relayed: "up to L(W − 1) = \(reach)"
          case .outOfReach: "beyond"
          }
        },
      rows: recall.map { mask, recall in
        [patterns[mask].name]
          + GapBand.allCases.map { band in
            recall.accuracy(experiment.gaps(band)).map { Quantity.percent.text($0, digits: 3) }
              ?? "not asked"
          }
      },
      caption: """
        Share of right values. A guess is right \
        \(Quantity.percent.text(experiment.recallTask.chance, digits: 3)) of the time.
        """)
  }

  private func claimRecall(
    _ notebook: Notebook, _ experiment: Experiment, _ recall: Keyed<Mask, RecallByGap>
  ) {
    let (causal, window) = (recall[.causal], recall[.window])
    // Seeds 1, 2 and 3: 100 % and 100 % each time, and 0.99 to 1.07 times chance. At a learning
    // rate of 5e-3 the window's model reached only 84 to 99 %, depending on the seed.
    notebook.claim(
      "recall-causal", "Causal mask: share of right answers at all gaps together",
      causal.accuracy(1...experiment.recallLength), atLeast: 0.98, as: .percent)
    notebook.claim(
      "recall-window-visible", "Window: share of right answers where it sees the statement",
      window.accuracy(experiment.gaps(.visible)), atLeast: 0.98, as: .percent)
    notebook.claim(
      "recall-window-beyond",
      "Window: right answers where no information can have arrived, divided by chance",
      window.accuracy(experiment.gaps(.outOfReach)).map { $0 / experiment.recallTask.chance },
      within: 0.8...1.2, as: .times)
    notebook.measure(
      "recall-window-relayed",
      "Window: share of right answers where another token must pass the statement on",
      window.accuracy(experiment.gaps(.relayed)) ?? .nan, .percent)
  }

  private func discussGlobalTokens(
    _ notebook: Notebook, _ experiment: Experiment, _ recall: Keyed<Mask, RecallByGap>
  ) {
    guard let accuracy = recall[.global].accuracy(experiment.gaps(.outOfReach)) else { return }
    let gain = accuracy / experiment.recallTask.chance
    let finding =
      gain < 1.5
      ? "That is almost nothing. One vector would have to hold every key with its value before any "
        + "question, and the model did not learn that."
      : "So they pass something on, but far from everything. One vector has to hold every key with "
        + "its value before any question."
    notebook.measure(
      "recall-global-beyond",
      "Window with global tokens: right answers beyond the window's reach, divided by chance", gain,
      .times)
    notebook.notice(
      "What the global tokens passed on",
      """
      Each global token sees everything before it and is seen by everything after it, so every \
      value can have arrived. Beyond the window's reach the model with global tokens is right \
      \(Quantity.times.text(gain, digits: 3)) as often as a guess. \(finding)
      """)
  }
}

extension Experiment {
  fileprivate func gaps(_ band: GapBand) -> ClosedRange<Int> {
    band.gaps(
      window: recallWindow, layers: recallConfiguration.layerCount, length: recallLength)
  }
}
