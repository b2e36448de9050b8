import Corpora
import LessonKit
import Plotting
import SmallTransformer

/// Held-out loss of one model, over the seeds.
package struct QualityResult: Sendable {
  package let parameterCount: Int
  /// Nats per byte, one per seed.
  package let losses: [Double]

  package init(parameterCount: Int, losses: [Double]) {
    self.parameterCount = parameterCount
    self.losses = losses
  }

  var mean: Double { losses.reduce(0, +) / Double(losses.count) }
  var low: Double { losses.min() ?? .nan }
  var high: Double { losses.max() ?? .nan }
}

/// One model of the comparison, trained with every seed.
struct QualityRun {
  /// One per seed.
  let models: [TrainedModel]
  let result: QualityResult
}

/// Section "What sharing costs in quality".
extension MultiQueryLesson {
  typealias QualityRuns = Keyed<QualityModel, QualityRun>
  package typealias QualityResults = Keyed<QualityModel, QualityResult>

  func compareQuality(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws -> QualityRuns {
    notebook.heading("What sharing costs in quality")
    notebook.say(
      """
      Train each model on the same text for the same steps, with \(experiment.seedCount) seeds. \
      Sharing also removes weights. So a second multi-query model has a wider feed-forward layer and \
      as many weights as multi-head, as in Shazeer's table.
      """)
    let windows = try notebook.heldOutWindows(
      book, length: experiment.schedule.length, tokenCount: experiment.evaluationTokens)
    let runs = try notebook.step("train-sharings", "Train every model with every seed") {
      try QualityRuns { model in
        let configuration = try experiment.configuration(model)
        let models = try (0..<experiment.seedCount).map { index in
          let seed = notebook.seed + UInt64(index)
          return try notebook.train(
            "\(model.name), seed \(seed)", configuration, experiment.schedule, on: book, seed: seed)
        }
        return QualityRun(
          models: models,
          result: QualityResult(
            parameterCount: models[0].model.parameters.count,
            losses: models.map { $0.model.lossByPosition(windows).mean }))
      }
    }
    let results = runs.mapValues { $1.result }
    try draw(notebook, results)
    tabulate(notebook, results)
    claim(notebook, results)
    return runs
  }

  private func draw(_ notebook: Notebook, _ results: QualityResults) throws {
    let all = results.pairs.enumerated().map { (x: Double($0), model: $1.key, result: $1.value) }
    let lowest = all.map(\.result.low).min() ?? 0
    let highest = all.map(\.result.high).max() ?? 1
    let margin = max(0.02, (highest - lowest) / 2)
    try notebook.figure(
      "quality",
      LinePlot(
        title: "Held-out loss by sharing, every seed",
        x: .linear(
          "", range: -0.5...Double(all.count) - 0.5,
          ticks: all.map { Tick($0.x, $0.model.tickName) }),
        y: .linear("loss (nats per byte)", range: lowest - margin...highest + margin),
        series: [
          Series(
            "one seed", x: all.flatMap { point in point.result.losses.map { _ in point.x } },
            y: all.flatMap(\.result.losses), style: .points),
          Series("mean", x: all.map(\.x), y: all.map(\.result.mean), style: .points),
        ]),
      caption: """
        *Widened* is multi-query with as many weights as multi-head. Means: \
        \(results.map {
          "\($0.name) \(Quantity.plain.text($1.mean))"
        }.joined(separator: ", ")). Seeds of one model differ by up to \
        \(Quantity.plain.text(largestSpread(results), digits: 2)).
        """)
  }

  private func largestSpread(_ results: QualityResults) -> Double {
    results.map { $1.high - $1.low }.max() ?? .nan
  }

  private func tabulate(_ notebook: Notebook, _ results: QualityResults) {
    notebook.table(
      "quality", columns: ["sharing", "weights", "loss, mean", "lowest", "highest", "gap"],
      rows: results.map { model, result in
        [
          model.name, Quantity.count.text(Double(result.parameterCount)),
          Quantity.plain.text(result.mean), Quantity.plain.text(result.low),
          Quantity.plain.text(result.high),
          Quantity.plain.text(result.mean - results[.multiHead].mean, digits: 2),
        ]
      },
      caption: """
        Held-out loss in nats per byte over the seeds. *Gap*: the mean minus that of multi-head.
        """)
  }

  package func claim(_ notebook: Notebook, _ results: QualityResults) {
    // Two runs of three seeds each: grouped 1.006 and 1.011, multi-query 1.017 and 1.018, widened
    // 0.998 and 1.008.
    for (model, result) in results.pairs where model != .multiHead {
      notebook.claim(
        "\(model.rawValue)-loss", "\(model.name): loss divided by that of multi-head",
        result.mean / results[.multiHead].mean, atMost: 1.06, as: .times,
        seeds: result.losses.map { $0 / results[.multiHead].mean })
    }
    notebook.measure(
      "seed-spread", "Largest difference between seeds of one model, nats per byte",
      largestSpread(results))
  }
}
