import Corpora
import LessonKit
import Plotting
import SmallTransformer

/// Losses of one conversion.
package struct ConversionResult: Sendable {
  /// One per seed.
  package let losses: Keyed<ConversionStage, [Double]>

  package init(losses: Keyed<ConversionStage, [Double]>) { self.losses = losses }

  func mean(_ stage: ConversionStage) -> Double {
    losses[stage].reduce(0, +) / Double(losses[stage].count)
  }
}

/// Section "Convert a model trained without sharing".
extension MultiQueryLesson {
  package typealias ConversionResults = Keyed<HeadPooling, ConversionResult>

  func convert(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ runs: QualityRuns
  ) throws {
    notebook.heading("Convert a model trained without sharing")
    notebook.say(
      """
      Training a large model is expensive. Can a multi-head model become a multi-query model \
      afterwards? The shared head is made in three ways: the mean of the heads, the first head, or \
      random weights. Then each model gets a little extra training: a twentieth of the steps, or a \
      tenth.
      """)
    notebook.show(
      "pooled", in: "Lessons/06-MultiQuery/Technique/HeadConversion.swift", focus: "let shared =")
    let windows = try notebook.heldOutWindows(
      book, length: experiment.schedule.length, tokenCount: experiment.evaluationTokens)
    let target = try experiment.configuration(Sharing.multiQuery)
    let results = try notebook.step("convert", "Convert to multi-query and train on") {
      try ConversionResults { pooling in
        var losses = Keyed<ConversionStage, [Double]> { _ in [] }
        for (index, original) in runs[.multiHead].models.enumerated() {
          let seed = notebook.seed + UInt64(index)
          let model = original.model.converted(to: target, by: pooling, seed: seed)
          let start = original.converted(to: model, how: "multi-query by \(pooling.rawValue)")
          for stage in ConversionStage.allCases {
            let trained = try experiment.schedule(stage).map { schedule in
              try notebook.train(
                "\(pooling.rawValue), \(schedule.stepCount) steps, seed \(seed)", target, schedule,
                on: book, startingFrom: start, seed: seed
              ).model
            }
            losses[stage].append((trained ?? model).lossByPosition(windows).mean)
          }
        }
        return ConversionResult(losses: losses)
      }
    }
    let names = Keyed<ConversionStage, String> { stage in
      experiment.schedule(stage).map { "\($0.stepCount) steps" } ?? "before"
    }
    try draw(notebook, names, runs[.multiHead].result.mean, results)
    claim(
      notebook, multiHead: runs[.multiHead].result.losses, lastStageName: names[.tenth], results)
  }

  private func draw(
    _ notebook: Notebook, _ names: Keyed<ConversionStage, String>, _ multiHead: Double,
    _ results: ConversionResults
  ) throws {
    let stages = ConversionStage.allCases
    func means(_ stage: ConversionStage) -> String {
      results.map { "\($0.rawValue) \(Quantity.plain.text($1.mean(stage), digits: 3))" }
        .joined(separator: ", ")
    }
    try notebook.figure(
      "conversion",
      DotPlot(
        title: "A multi-head model converted to multi-query",
        x: .linear("loss (nats per byte)"), categories: names.map { $1 },
        series: results.map { pooling, result in
          .init(
            pooling.rawValue, values: stages.map(result.mean),
            low: stages.map { result.losses[$0].min() ?? .nan },
            high: stages.map { result.losses[$0].max() ?? .nan })
        },
        marks: [.vertical(multiHead, "multi-head, as trained")]),
      caption: """
        Before extra training: \(means(.before)). After the last stage: \(means(.tenth)). \
        Whiskers: lowest and highest seed.
        """)
  }

  /// `multiHead` has the losses of the original models, one per seed.
  package func claim(
    _ notebook: Notebook, multiHead: [Double], lastStageName: String, _ results: ConversionResults
  ) {
    // Two runs of three seeds each: 0.965 and 0.958; at the end 1.139 and 1.137.
    notebook.claim(
      "mean-over-random",
      "Loss before extra training: mean of the heads divided by random, all seeds",
      results[.mean].mean(.before) / results[.random].mean(.before), atMost: 0.99, as: .times)
    let overFirst = results[.mean].mean(.before) / results[.first].mean(.before)
    notebook.measure(
      "mean-over-first", "Loss before extra training: mean of the heads divided by the first head",
      overFirst, .times)
    if overFirst > 1 {
      notebook.notice(
        "The first head is the better start here",
        """
        Ainslie et al. found the mean to be best, in models of billions of weights that were \
        trained for a long time. Here the mean starts with a loss that is \
        \(Quantity.percent.text(overFirst - 1, digits: 2)) higher than that of the first head. The \
        heads of this small model have learned different things in a short training, and their \
        mean does none of them.
        """)
    }
    let atTheEnd = zip(results[.mean].losses[.tenth], multiHead).map { $0 / $1 }
    notebook.claim(
      "converted-over-multi-head",
      "Loss after \(lastStageName): mean of the heads divided by multi-head, worst seed",
      atTheEnd.max(), atMost: 1.2, as: .times, seeds: atTheEnd)
  }
}
