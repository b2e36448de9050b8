import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The third part of the page: what a trained model can recall through each mask.
extension SparseMasksLesson {
  func recall(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("What a model can recall")
    let (task, W) = (experiment.recallTask, experiment.recallWindow)
    let layers = experiment.recallConfiguration.layerCount
    let blind = layers * (W - 1)
    notebook.say(
      """
      The texts of this test are statements and questions. A statement says a key and its value in \
      one token; a question names a key and wants its value. The **gap** is the distance back to \
      the last statement of that key. Values are drawn anew for each text, so nothing can be \
      learned by heart, and a guess is right once in \(task.valueCount). One look at the right \
      token is enough, so what decides is the mask alone.
      """)
    notebook.show("AssociativeRecall", in: "Sources/Corpora/Tasks/AssociativeRecall.swift")
    notebook.say(
      """
      One model per mask: \(layers) layers of width \(experiment.recallConfiguration.modelDim), \
      W = \(W), texts of \(task.length) tokens, \(experiment.recallSchedule.stepCount) steps, the same \
      batches. The window sees a statement up to a gap of W − 1 = \(W - 1). Beyond \
      L · (W − 1) = \(blind) nothing of it can have arrived. In between it depends on what \
      training found.
      """)
    let models = try notebook.step("Train one model per mask") {
      try experiment.recallPatterns.map { pattern in
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
    let readings = notebook.step("Ask for values at every gap") {
      notebook.each(models) {
        RecallByGap(
          $0.model, task, sequences: experiment.recallSequences, seed: notebook.seed)
      }
    }
    try drawRecall(notebook, experiment, readings)
    tabulateRecall(notebook, experiment, readings)
    claimRecall(notebook, experiment, readings)
  }

  private func drawRecall(
    _ notebook: Notebook, _ experiment: Experiment, _ readings: [RecallByGap]
  ) throws {
    let (task, W) = (experiment.recallTask, experiment.recallWindow)
    let blind = experiment.recallConfiguration.layerCount * (W - 1)
    try notebook.figure(
      "recall",
      LinePlot(
        title: "Recall by gap", x: .linear("gap (tokens back to the statement)"),
        y: .linear("share of values named right", range: 0...1.02),
        series: zip(experiment.recallPatterns, readings).map { pattern, reading in
          let gaps = reading.gaps(askedAtLeast: experiment.scale == .smoke ? 1 : 40)
          return Series(
            pattern.name, x: gaps.map(Double.init),
            y: gaps.map { reading.accuracy($0...$0) ?? .nan }, style: .line)
        },
        marks: [
          .vertical(Double(W - 1), "W − 1"), .vertical(Double(blind), "L(W − 1)"),
          .horizontal(task.chance, "guess"),
        ]),
      caption: """
        A window has three ranges of gaps: what it sees, what two layers could hand on, and what \
        cannot have arrived. The strided mask sees multiples of its stride at any distance, the \
        dilated one every second token of its reach, and sinks keep the first statements of each \
        text in sight.
        """)
  }

  private func tabulateRecall(
    _ notebook: Notebook, _ experiment: Experiment, _ readings: [RecallByGap]
  ) {
    let bands = recallBands(experiment)
    notebook.table(
      "recall", columns: ["mask"] + bands.map(\.name),
      rows: zip(experiment.recallPatterns, readings).map { pattern, reading in
        [pattern.name]
          + bands.map {
            reading.accuracy($0.gaps).map { Quantity.percent.text($0, digits: 3) } ?? "not asked"
          }
      },
      caption: """
        Values named right; a guess is right in \
        \(Quantity.percent.text(experiment.recallTask.chance, digits: 3)).
        """)
  }

  /// Inside the window; beyond it but within two layers' reach; beyond that.
  private func recallBands(_ experiment: Experiment) -> [(name: String, gaps: ClosedRange<Int>)] {
    let (W, layers) = (experiment.recallWindow, experiment.recallConfiguration.layerCount)
    let blind = layers * (W - 1)
    return [
      ("gap up to W − 1 = \(W - 1)", 1...W - 1), ("to L(W − 1) = \(blind)", W...blind),
      ("beyond", blind + 1...max(blind + 1, experiment.recallLength)),
    ]
  }

  private func claimRecall(
    _ notebook: Notebook, _ experiment: Experiment, _ readings: [RecallByGap]
  ) {
    let bands = recallBands(experiment)
    let (causal, window, global) = (readings[0], readings[1], readings[4])
    // Seeds 1, 2 and 3: 100 % and 100 % each time, and 0.99 to 1.07 guesses. At a learning rate of
    // 5e-3 the window's model came to 84 to 99 %, with the seed: too fast, not too narrow.
    notebook.claim(
      "Causal: right at every gap together", causal.accuracy(1...experiment.recallLength),
      atLeast: 0.98, as: .percent)
    notebook.claim(
      "Window: right where it sees the value", window.accuracy(bands[0].gaps), atLeast: 0.98,
      as: .percent)
    notebook.claim(
      "Window: right where nothing can have arrived, in guesses",
      window.accuracy(bands[2].gaps).map { $0 / experiment.recallTask.chance }, within: 0.8...1.2,
      as: .times)
    notebook.measure(
      "Window: right between the two", window.accuracy(bands[1].gaps) ?? .nan, .percent)
    if let found = global.accuracy(bands[2].gaps) {
      let gain = found / experiment.recallTask.chance
      notebook.measure(
        "Window with global tokens: right beyond the window's reach, in guesses", gain, .times)
      notebook.notice(
        "What the global tokens carried",
        """
        Each of them sees all that was before it and is seen by all that come after, so every value \
        can have arrived. Beyond the window's reach the model with global tokens is right \
        \(Quantity.times.text(gain, digits: 3)) as often as a guess. \(gain < 1.5
          ? "That is next to nothing: one vector would have to hold every pair before anybody asks for one, and training did not get there."
          : "So they carry something, and far from everything: one vector has to hold every pair before anybody asks for one.")
        """)
    }
  }
}
