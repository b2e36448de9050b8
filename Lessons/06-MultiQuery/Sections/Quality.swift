import Corpora
import LessonKit
import Plotting
import SmallTransformer

/// One trained model of the comparison.
struct QualityRun {
  let name: String
  let sharing: KeyValueSharing
  /// Whether the feed-forward layer was widened to make up for the weights saved.
  let isWidened: Bool
  let models: [TrainedModel]
  /// Held-out loss in nats a byte, one for each seed.
  let losses: [Double]

  var mean: Double { losses.reduce(0, +) / Double(losses.count) }
  var low: Double { losses.min() ?? .nan }
  var high: Double { losses.max() ?? .nan }
}

/// What sharing costs in quality.
extension MultiQueryLesson {
  func compareQuality(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws -> [QualityRun] {
    notebook.heading("What sharing costs in quality")
    notebook.say(
      """
      Train each on the same text for the same steps, with \(experiment.seedCount) seeds. Sharing \
      also saves weights, so a second comparison gives them back: the feed-forward layer is \
      widened until the counts are equal, as in Shazeer's table.
      """)
    let candidates: [(String, KeyValueSharing, Bool)] =
      experiment.sharings.map { ($0.name, $0, false) }
      + [("multi-query, as many weights", .multiQuery, true)]
    let windows = try notebook.heldOutWindows(
      book, length: experiment.schedule.length, tokenCount: experiment.evaluationTokens)
    let runs = try notebook.step("Train every sharing with every seed") {
      try candidates.map { name, sharing, isWidened in
        let configuration =
          isWidened
          ? try experiment.widened(sharing) : try experiment.configuration.with(sharing: sharing)
        let models = try (0..<experiment.seedCount).map { index in
          try notebook.train(
            "\(name), seed \(notebook.seed + UInt64(index))", configuration, experiment.schedule,
            on: book,
            seed: notebook.seed + UInt64(index))
        }
        return QualityRun(
          name: name, sharing: sharing, isWidened: isWidened, models: models,
          losses: models.map { $0.model.lossByPosition(windows).mean })
      }
    }
    try draw(notebook, runs)
    tabulate(notebook, runs)
    claim(notebook, runs)
    return runs
  }

  private func draw(_ notebook: Notebook, _ runs: [QualityRun]) throws {
    let lowest = runs.map(\.low).min() ?? 0
    let highest = runs.map(\.high).max() ?? 1
    let air = max(0.02, (highest - lowest) / 2)
    try notebook.figure(
      "quality",
      LinePlot(
        title: "Held-out loss by sharing, every seed",
        x: .linear(
          "", range: -0.5...Double(runs.count) - 0.5,
          ticks: runs.enumerated().map { Tick(Double($0), $1.tickName) }),
        y: .linear("loss (nats per byte)", range: lowest - air...highest + air),
        series: [
          Series(
            "one seed",
            x: runs.enumerated().flatMap { index, run in run.losses.map { _ in Double(index) } },
            y: runs.flatMap(\.losses), style: .points),
          Series(
            "mean", x: runs.indices.map(Double.init), y: runs.map(\.mean), style: .points),
        ]),
      caption: """
        *Widened* is multi-query with the weights given back. Means: \(runs.map { "\($0.name) \(Quantity.plain.text($0.mean))" }.joined(separator: ", ")). \
        Seeds of one kind lie up to \
        \(Quantity.plain.text(runs.map { $0.high - $0.low }.max() ?? 0, digits: 2)) apart.
        """)
  }

  private func tabulate(_ notebook: Notebook, _ runs: [QualityRun]) {
    notebook.table(
      "quality", columns: ["sharing", "weights", "loss, mean", "lowest", "highest", "gap"],
      rows: runs.map { run in
        [
          run.name, Quantity.count.text(Double(run.models[0].model.parameters.count)),
          Quantity.plain.text(run.mean), Quantity.plain.text(run.low),
          Quantity.plain.text(run.high), Quantity.plain.text(run.mean - runs[0].mean, digits: 2),
        ]
      }, caption: "Held-out loss in nats a byte over the seeds; the gap is to multi-head.")
  }

  private func claim(_ notebook: Notebook, _ runs: [QualityRun]) {
    // Two runs of three seeds each: grouped 1.006 and 1.011, multi-query 1.017 and 1.018, widened
    // 0.998 and 1.008.
    for run in runs.dropFirst() {
      notebook.claim(
        "Loss of \(run.name) over multi-head's", run.mean / runs[0].mean, atMost: 1.06, as: .times)
    }
    let spread = runs.map { $0.high - $0.low }.max() ?? .nan
    notebook.measure("largest spread over seeds, nats", spread)
  }
}

extension QualityRun {
  /// Short enough to stand under a point.
  fileprivate var tickName: String { isWidened ? "widened" : name }
}
