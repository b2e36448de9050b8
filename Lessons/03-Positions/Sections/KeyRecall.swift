import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The section "Perplexity is not recall": keys that were stated beyond T.
extension PositionsLesson {
  func askForKeys(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Perplexity is not recall")
    let task = experiment.recallTask
    notebook.say(
      """
      Perplexity cannot tell a model that uses the far text from one that ignores it. A question \
      can. A text of this test states \(task.keyCount) keys with their values in its first \
      \(task.keyCount) tokens. Later it asks for them, between filler. A guess is right once in \
      \(task.valueCount). Train small models on texts of T = \(task.length) tokens. Then ask in \
      texts of \(experiment.recallMultiple) T: now most answers stand farther back than any did in \
      training.
      """)
    notebook.ask(
      """
      ALiBi's perplexity stayed flat up to \(experiment.longestMultiple) T. Will it answer \
      questions about statements that are 2 T back?
      """,
      answer: """
        Not necessarily. ALiBi lowers the score of a statement with its distance, so far \
        statements lose against near filler. To find a key, its content must count, not its \
        distance.
        """)
    notebook.show("EarlyKeys", in: "Technique/EarlyKeys.swift", focus: "private func add(")
    let found = try notebook.step("ask-keys", "Train on texts of T, ask beyond T") {
      try notebook.keyed(experiment.recallSchemes) { scheme in
        try notebook.seeds(experiment.seedCount).map { seed in
          try recall(scheme, seed: seed, experiment, notebook)
        }
      }
    }
    let bands = experiment.recallBands
    try notebook.figure(
      "key-recall",
      LinePlot(
        title: "Right answers by the distance to the statement",
        x: .linear("distance to the statement (tokens)"),
        y: .linear("right answers (%)", range: 0...100),
        series: found.map { scheme, seeds in
          let values = bands.indices.map { band in seeds.map { 100 * $0[band] } }
          return Series(
            scheme.name, x: bands.map { Double($0.lowerBound + $0.upperBound) / 2 },
            y: values.map(mean), low: values.map { $0.min() ?? .nan },
            high: values.map { $0.max() ?? .nan }, of: scheme.concept)
        },
        marks: [
          .vertical(Double(task.length), "T"), .horizontal(100 * task.chance, "guess"),
        ]),
      caption: """
        Mean and range of \(experiment.seedCount) seeds. A guess is right in \
        \(Quantity.percent.text(task.chance, digits: 2)).
        """)
    let far = bands.indices.filter { bands[$0].lowerBound >= 2 * task.length }
    for (scheme, id, pilot) in [
      (Scheme.noPositions, "no-positions-recall", Pilot.noPositionsRecall),
      (.alibi, "alibi-recall", .alibiRecall), (.rope, "rope-recall", .ropeRecall),
    ] {
      notebook.claim(
        id, "Asked for a statement more than 2 T back, \(scheme.name) is right in {}",
        found[scheme].map { seed in mean(far.map { seed[$0] }) }, as: pilot, .percent)
    }
    let schemes = [Scheme.noPositions, .alibi, .rope]
    let means = schemes.map { scheme in
      (scheme, mean(found[scheme].map { seed in mean(far.map { seed[$0] }) }))
    }
    let order = means.sorted { $0.1 > $1.1 }.map {
      "\($0.name) \(Quantity.percent.text($1, digits: 2))"
    }
    notebook.say(
      """
      Right answers to statements more than 2 T back, the best first: \
      \(order.joined(separator: ", ")). Compare this order with that of the perplexities above: \
      what a scheme does to perplexity beyond T and what it does to recall are two things. A model \
      without positions looks for content and for nothing else (Kazemnejad et al., 2023, found \
      such models ahead in other tasks). ALiBi subtracts more from a score with every token of \
      distance. RoPE meets offsets that are new to it. Sinusoidal and learned positions are left \
      out, because the vector of every position beyond T is new to them.
      """)
  }

  /// The share of right answers in each band of distances, NaN in a band without a question, in
  /// texts longer than those of training.
  private func recall(
    _ scheme: Scheme, seed: UInt64, _ experiment: Experiment, _ notebook: Notebook
  ) throws -> [Double] {
    let task = experiment.recallTask
    var generator = SeededGenerator(seed: seed, stream: "early keys")
    let trained = try notebook.train(
      "\(scheme.name), recall, seed \(seed)", experiment.recallConfiguration(scheme),
      experiment.recallSchedule, material: task.identity, seed: seed
    ) {
      let batch = task.batch(experiment.recallSchedule.batchCount, &generator)
      return (batch.inputs, batch.targets)
    }
    let long = EarlyKeys(
      keyCount: task.keyCount, valueCount: task.valueCount,
      length: experiment.recallMultiple * task.length)
    var asking = SeededGenerator(seed: seed, stream: "early keys, held out")
    let batch = long.batch(experiment.recallTexts, &asking)
    let answers = trained.model.likeliestClasses(
      for: batch.inputs, batch: experiment.recallTexts)
    return experiment.recallBands.map { band in
      let asked = batch.targets.indices.filter {
        batch.targets[$0] >= 0 && band.contains(batch.gaps[$0])
      }
      guard !asked.isEmpty else { return .nan }
      return Double(asked.count { answers[$0] == batch.targets[$0] }) / Double(asked.count)
    }
  }
}
