import Corpora
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// Section "Bytes against time": all policies on one deep model.
extension RecomputationLesson {
  func comparePolicies(
    _ notebook: Notebook, _ experiment: Experiment, _ bench: TrainingPassBench
  ) throws -> PolicyMeasurements {
    let bytes = ActivationBytes(
      configuration: bench.model.configuration, batchCount: experiment.batchCount,
      length: experiment.length)
    notebook.heading("Bytes against time")
    countLayer(notebook, bench.model.configuration, bytes)
    let measurements = notebook.step(
      "measure-policies",
      "Measure every policy on \(experiment.depth) layers: bytes, layers computed, time"
    ) {
      measureAll(notebook, experiment, bench)
    }
    tabulate(notebook, experiment, measurements)
    try notebook.figure(
      "bytes-against-time",
      tradeOffPlot(experiment, measurements, timeName: notebook.backend.workTimeName),
      caption: tradeOffCaption(measurements))
    claimCosts(notebook, experiment, bench, measurements)
    claimBestSegment(notebook, experiment, measurements, bytes)
    return measurements
  }

  /// What a layer keeps, tensor by tensor.
  private func countLayer(
    _ notebook: Notebook, _ configuration: TransformerConfiguration, _ bytes: ActivationBytes
  ) {
    let (d, a) = (configuration.modelDim, configuration.headCount)
    notebook.say(
      """
      Count before you measure. An operation keeps what its gradient needs. Here is that list for \
      one layer of this GPT, with values per token: d is the model width, a the number of heads. A \
      value has four bytes.
      """)
    let parts = [
      ("norm before attention", "input, result; mean and 1/std", "2d + 2", 2 * d + 2),
      ("projection", "queries, keys and values", "3d", 3 * d),
      ("tiled attention", "result; a log-sum-exp per head", "d + a", d + a),
      ("norm before feed-forward", "input, result; mean and 1/std", "2d + 2", 2 * d + 2),
      ("feed-forward", "derivative and result of GELU", "2 · 4d", 8 * d),
    ]
    let sum = parts.reduce(0) { $0 + $1.3 }
    let ratio = Double(bytes.layer) / Double(bytes.boundary)
    notebook.example(
      "By hand: what a layer keeps, d = \(d), a = \(a)",
      columns: ["operation", "keeps", "formula", "values"],
      rows: parts.map { [$0.0, $0.1, $0.2, Quantity.count.text($0.3)] },
      result: """
        Together 16d + a + 4 = \(Quantity.count.text(sum)) values per token, which is \
        r = \(Quantity.plain.text(ratio, digits: 3)) times the layer's input of d. The calculator \
        of lesson 9 counts \(Quantity.count.text(bytes.layer)). Dropout adds nothing, because no \
        mask is stored.
        """)
    notebook.show(
      "gelu", in: "Sources/Autograd/Operations/Activation.swift", focus: "return record(y, from")
    notebook.formula(
      #"""
      \text{layer} = 16d + a + 4 = r d \tag{4}
      \frac{d}{dk} \left( \frac{n}{k} + r k \right) = r - \frac{n}{k^2} \#
      \qquad = 0 \quad \text{at} \quad k = \sqrt{n / r} \tag{5}
      """#,
      legend: """
        Equation 3 counts a layer as one input. With a layer that keeps r times its input, a \
        segment costs r·k, and the best k is smaller.
        """)
    let root = Double(configuration.layerCount).squareRoot()
    notebook.ask(
      """
      This model has \(configuration.layerCount) layers. Which segment length needs the fewest \
      bytes?
      """,
      answer: """
        Not √\(configuration.layerCount) = \(Quantity.plain.text(root)), but \
        √(\(configuration.layerCount)/\(Quantity.plain.text(ratio, digits: 3))) = \
        \(Quantity.plain.text((Double(configuration.layerCount) / ratio).squareRoot(), digits: 2)).
        """)
  }

  /// The policies run in interleaved rounds, so that a busy moment of the machine does not hit one
  /// policy alone.
  private func measureAll(
    _ notebook: Notebook, _ experiment: Experiment, _ bench: TrainingPassBench
  ) -> PolicyMeasurements {
    let policies = experiment.policies(layerCount: experiment.depth)
    var measurements = policies.map(bench.measure)
    let samples = interleaved(
      policies, rounds: experiment.repeats, warmUpRounds: 0,
      progress: { done, total in
        notebook.progress(
          done: done, total: total, detail: policies[(done - 1) % policies.count].name)
      }, measure: bench.workSeconds)
    for (index, times) in samples.enumerated() {
      measurements[index].seconds = times.min() ?? .infinity
    }
    return PolicyMeasurements(all: measurements)
  }

  private func tabulate(
    _ notebook: Notebook, _ experiment: Experiment, _ measurements: PolicyMeasurements
  ) {
    notebook.table(
      "policies",
      columns: ["policy", "peak", "by formula", "layers", "time", "× keep all"],
      rows: measurements.all.map { m in
        [
          m.policy.name, Quantity.bytes.text(Double(m.peakBytes)),
          Quantity.bytes.text(Double(m.predictedBytes)), "\(m.layersComputed)",
          Quantity.seconds.text(m.seconds),
          Quantity.plain.text(measurements.timeRatio(m), digits: 3),
        ]
      },
      caption: """
        Peak bytes of the activations of one step with \(experiment.depth) layers, measured and by \
        formula; layers computed forward; and the \(notebook.backend.workTimeName) of the fastest \
        of \(experiment.repeats) passes forward and backward.
        """)
  }

  private func tradeOffCaption(_ measurements: PolicyMeasurements) -> String {
    guard let all = measurements[.keepAll],
      let least = measurements.all.min(by: { $0.peakBytes < $1.peakBytes })
    else { return "" }
    let share = Quantity.percent.text(Double(least.peakBytes) / Double(all.peakBytes), digits: 2)
    let time = { (m: PolicyMeasurement) in
      Quantity.times.text(measurements.timeRatio(m), digits: 3)
    }
    let segments = measurements.all.filter {
      if case .everyKth = $0.policy { true } else { $0.policy == .full }
    }.sorted { $0.seconds < $1.seconds }
    guard let fastest = segments.first, let slowest = segments.last else { return "" }
    return """
      The policy with the fewest bytes, \(least.policy.name), holds \(share) of the bytes of \
      keeping all and takes \(time(least)) its time. Segments of all lengths take from \
      \(time(fastest)) to \(time(slowest)).
      """
  }

  private func claimCosts(
    _ notebook: Notebook, _ experiment: Experiment, _ bench: TrainingPassBench,
    _ measurements: PolicyMeasurements
  ) {
    notebook.claim(
      "peak-off-formula",
      "For every policy the measured peak differs by at most {} from the formula's",
      measurements.all.map(\.residual).max(), atMost: 1e-4, from: .smoke, as: .percent, kind: .exact
    )
    notebook.claim(
      "full-layers-computed",
      "Full recomputation of \(experiment.depth) layers computes {} layers, 2n − 1",
      measurements[.full].map { Double($0.layersComputed) },
      equals: Double(2 * experiment.depth - 1), from: .smoke, as: .count)
    notebook.say(
      """
      A backward pass costs about two forward passes, so a step costs three. Full recomputation \
      adds a fourth: ideally a third more time, \(Quantity.times.text(4.0 / 3)). Caches, the \
      embedding, the loss and the last layer, which is not computed again, change the measured \
      value a little.
      """)
    let ratio = notebook.step(
      "time-full-recomputation",
      "Time full recomputation and keep-all in \(experiment.pairCount) pairs"
    ) {
      bench.timeRatio(
        of: .full, over: .keepAll, pairCount: experiment.pairCount, on: notebook)
    }
    notebook.claim(
      "full-recomputation-time",
      "A step with full recomputation takes {} the time of keep-all (median of pairs)",
      ratio, within: Self.fullTime.bound, as: .times, pilots: Self.fullTime.values)
  }

  /// The time of full recomputation divided by that of keep-all, with seeds 11 to 16 and twice with
  /// seed 1, on a machine that others used too.
  private static let fullTime = Pilot(
    [1.302, 1.303, 1.294, 1.299, 1.311, 1.311, 1.303, 1.341], within: 1.24...1.38)

  private func claimBestSegment(
    _ notebook: Notebook, _ experiment: Experiment, _ measurements: PolicyMeasurements,
    _ bytes: ActivationBytes
  ) {
    let policies =
      [(k: 1, policy: ActivationPolicy.full)]
      + [2, 4, 8, 16, 32].map { (k: $0, policy: .everyKth($0)) }
    let segments = policies.compactMap { k, policy in
      measurements[policy].map { (k: k, peakBytes: $0.peakBytes) }
    }
    let best = segments.min { $0.peakBytes < $1.peakBytes }
    let ideal = (Double(experiment.depth * bytes.boundary) / Double(bytes.layer)).squareRoot()
    // Of the powers of two that were measured, the nearest by ratio.
    let distance = { (k: Int) in abs(log(Double(k) / ideal)) }
    let nearest = segments.map(\.k).min { distance($0) < distance($1) }
    notebook.claim(
      "best-segment-length",
      "Of the measured segment lengths, k = {} needs the fewest bytes, the nearest to equation 5",
      best.map { Double($0.k) }, equals: Double(nearest ?? 0), as: .count)
  }
}
