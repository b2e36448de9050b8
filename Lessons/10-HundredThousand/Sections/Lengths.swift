import Calculator
import Foundation
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Section "Plan first: time and bytes by length".
extension HundredThousandLesson {
  /// For each workload a result per length.
  package typealias LengthResults = Keyed<WorkloadName, [WorkloadResult]>

  func compareLengths(_ notebook: Notebook, _ experiment: Experiment) throws {
    let limit = experiment.memoryLimit
    notebook.heading("Plan first: time and bytes by length")
    notebook.say(
      """
      Before a token is read, the calculator of lesson 9 predicts the peak memory of each \
      workload. A workload that needs more than \(Quantity.bytes.text(Double(limit))) (4 GiB) is \
      refused, so that the system does not have to kill it later. The others run with untrained \
      weights, because bytes and time do not depend on what a model has learned.
      """)
    notebook.show(
      "measure", in: "Lessons/10-HundredThousand/Measuring/Workload.swift",
      focus: "while result.passCount")
    let workloads = Keyed<WorkloadName, Workload> { experiment.workload($0) }
    let names = WorkloadName.allCases
    let results = notebook.step(
      "measure-lengths",
      "Run each workload on \(Quantity.count.text(experiment.lengths[0])) to "
        + "\(Quantity.count.text(experiment.longest)) tokens"
    ) {
      LengthResults { name in
        experiment.lengths.map { length in
          notebook.progress(
            done: names.firstIndex(of: name) ?? 0, total: names.count,
            detail: "\(workloads[name].title), \(Quantity.count.text(length))")
          return notebook.measure(workloads[name], length: length, limit: limit)
        }
      }
    }
    tabulate(notebook, experiment, workloads, results)
    try drawTimes(notebook, workloads, results)
    try drawBytes(notebook, experiment, workloads, results)
    claim(notebook, memoryLimit: limit, results)
  }

  private func tabulate(
    _ notebook: Notebook, _ experiment: Experiment, _ workloads: Keyed<WorkloadName, Workload>,
    _ results: LengthResults
  ) {
    func table(_ name: String, _ caption: String, _ isShown: (WorkloadName) -> Bool) {
      let shown = results.pairs.filter { isShown($0.key) }
      notebook.table(
        name, columns: ["tokens"] + shown.map { workloads[$0.key].title },
        rows: experiment.lengths.map { length in
          [Quantity.count.text(Double(length))]
            + shown.map { _, column in column.first { $0.length == length }.map(cell) ?? "" }
        }, caption: caption)
    }
    table(
      "lengths",
      """
      One pass over a text: time, and predicted peak bytes. *Refused*: more than 4 GiB. *Not run*: \
      it would fit, but takes too long at this scale.
      """
    ) { !$0.isTraining }
    table("training-lengths", "The same for one training step, with windows.") { $0.isTraining }
  }

  private func cell(_ result: WorkloadResult) -> String {
    let bytes = Quantity.bytes.text(Double(result.predictedBytes), digits: 3)
    if result.isRefused { return "refused: \(bytes)" }
    guard let seconds = result.seconds else { return "not run: \(bytes)" }
    return "\(Quantity.seconds.text(seconds, digits: 2)), \(bytes)"
  }

  private func drawTimes(
    _ notebook: Notebook, _ workloads: Keyed<WorkloadName, Workload>, _ results: LengthResults
  ) throws {
    func plot(_ title: String, _ isShown: (WorkloadName) -> Bool) -> LinePlot {
      LinePlot(
        title: title, x: .log("tokens", base: 2), y: .log("time", unit: .seconds),
        series: results.pairs.filter { isShown($0.key) }.map { name, column in
          let run = column.filter { $0.seconds != nil }
          return Series(
            workloads[name].title, x: run.map { Double($0.length) },
            y: run.map { $0.seconds ?? .nan }, of: name.concept)
        }, marks: [.vertical(100_000, "100K")])
    }
    func exponents(_ isShown: (WorkloadName) -> Bool) -> String {
      results.pairs.filter { isShown($0.key) }.map { name, column in
        "\(workloads[name].title) \(Quantity.plain.text(exponent(column) ?? .nan, digits: 2))"
      }.joined(separator: ", ")
    }
    try notebook.figure(
      "time-by-length", plot("One pass over a text, by its length") { !$0.isTraining },
      caption: """
        Exponents b of \(notebook.backend.workTimeName) ∝ n^b, over all but the shortest texts: \
        \(exponents { !$0.isTraining }).
        """)
    try notebook.figure(
      "training-time-by-length", plot("One training step, by its length") { $0.isTraining },
      caption: """
        The same for a step of training: \(exponents { $0.isTraining }). Recomputing the \
        activations costs one more forward pass.
        """)
  }

  private func drawBytes(
    _ notebook: Notebook, _ experiment: Experiment, _ workloads: Keyed<WorkloadName, Workload>,
    _ results: LengthResults
  ) throws {
    // Two of the lines are on the line before them: dashed, so that both are seen.
    let covering: Set<WorkloadName> = [.windows, .globalLayer]
    let predicted = results.map { name, column in
      Series(
        workloads[name].title, x: column.map { Double($0.length) },
        y: column.map { Double($0.predictedBytes) },
        style: covering.contains(name) ? .dashed : .line, of: name.concept)
    }
    let points = results.map { $1 }.flatMap { $0 }.filter { $0.peakBytes != nil }
    let measured = Series(
      "measured", x: points.map { Double($0.length) },
      y: points.map { Double($0.peakBytes ?? 0) }, style: .points, of: .reference)
    let worst = points.compactMap(\.residual).max() ?? .nan
    try notebook.figure(
      "bytes-by-length",
      LinePlot(
        title: "Peak bytes: predicted (lines) and measured (points)",
        x: .log("tokens", base: 2), y: .log("memory", unit: .bytes), series: predicted + [measured],
        marks: [.horizontal(Double(experiment.memoryLimit), "4 GiB")]),
      caption: """
        The lines were calculated before anything ran. The point farthest from its line is \
        \(Quantity.percent.text(worst, digits: 2)) off. Runs that need more than 4 GiB were refused.
        """)
  }

  /// The exponent b of time ∝ n^b over all but the shortest of the lengths that were run; nil for
  /// fewer than three lengths.
  private func exponent(_ column: [WorkloadResult]) -> Double? {
    let run = column.compactMap { result in
      result.workSeconds.map { (length: Double(result.length), seconds: $0) }
    }
    let part = run.suffix(max(3, run.count * 3 / 4))
    guard part.count >= 3 else { return nil }
    return PowerLaw(part.map(\.length), part.map(\.seconds))?.exponent
  }

  package func claim(_ notebook: Notebook, memoryLimit: Int, _ results: LengthResults) {
    notebook.claim(
      "bytes-off-prediction", "Peak bytes of all runs: largest difference from prediction",
      results.map { $1 }.flatMap { $0 }.compactMap(\.residual).max(), atMost: 0.1, from: .smoke,
      as: .percent)
    // Three runs: 1.1 to 1.2, since buffers beyond 64 MB are allocated anew each time; 1.75 to 1.9,
    // since at the short end the linear layers still count.
    notebook.claim(
      "windows-exponent", "Exponent b of time ∝ length^b, windows in every layer",
      exponent(results[.windows]), within: 0.8...1.35)
    notebook.claim(
      "tiled-exponent", "Exponent b of time ∝ length^b, full attention in every layer",
      exponent(results[.tiled]), within: 1.5...2.15)
    let step = results[.trainingRecomputed].last
    notebook.claim(
      "training-step-bytes",
      "Peak bytes of a training step at \(Quantity.count.text(Double(step?.length ?? 0))) tokens",
      step?.peakBytes.map(Double.init), atMost: Double(memoryLimit), from: .smoke, as: .bytes)
    notebook.measure(
      "training-step-time", "Time of that training step", step?.seconds ?? .nan, .seconds)
    if let refused = results[.naive].first(where: \.isRefused) {
      notebook.measure(
        "naive-refused-from", "Shortest text for which naive attention is refused",
        Double(refused.length), .count)
    }
  }
}

extension WorkloadName {
  fileprivate var isTraining: Bool { self == .trainingKept || self == .trainingRecomputed }

  /// Its color in figures.
  fileprivate var concept: Concept {
    switch self {
    case .naive: .standardAttention
    case .tiled: .tiledAttention
    case .windows: .window
    case .sharedHead: .workspace
    case .globalLayer: .globalTokens
    case .trainingKept: .gradients
    case .trainingRecomputed: .fullRecomputation
    }
  }
}
