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
    notebook.say(
      """
      Count before you measure. For each token a layer of this GPT keeps the inputs and results of \
      two norms, the packed queries, keys and values, the result of attention, and the hidden \
      values of the feed-forward layer before and after its activation function.
      """)
    notebook.formula(
      #"""
      \text{layer} = 2(2d + 2) + 3d + d + a + 2 \cdot 4d
      \text{layer} = 16d + a + 4
      \text{input} = d
      """#,
      legend: """
        Values per token: d is the model width, a the number of heads (tiled attention keeps one \
        log-sum-exp per head). A value has four bytes. Dropout adds nothing. Here a layer keeps \
        \(bytes.layer) values, \
        \(Quantity.plain.text(Double(bytes.layer) / Double(bytes.boundary), digits: 3)) times its \
        input.
        """)
    notebook.show(
      "follow", in: "Lessons/08-Recomputation/Measuring/ActivationBytes.swift",
      focus: "for (index, piece) in")
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
      "peak-off-formula", "Peak bytes of all policies: largest difference from the formula",
      measurements.all.map(\.residual).max(), atMost: 0.05, from: .smoke, as: .percent)
    notebook.claim(
      "full-layers-computed", "Layers computed by full recomputation, divided by 2n − 1",
      measurements[.full].map { Double($0.layersComputed) / Double(2 * experiment.depth - 1) },
      equals: 1, from: .smoke, as: .times)
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
      "Time of a step: full recomputation divided by keep-all, median of pairs",
      ratio, atMost: 1.4, as: .times)
  }

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
    let root = Quantity.plain.text(Double(experiment.depth).squareRoot(), digits: 2)
    notebook.say(
      """
      Which k is best? Chen's √n, here \(root), assumes that a layer keeps as much as its input. \
      With the true ratio, (n/k − 1)·d + k·layer is smallest at k = √(n·d/layer), here \
      \(Quantity.plain.text(ideal, digits: 2)).
      """)
    // Of the powers of two that were measured, the nearest by ratio.
    let distance = { (k: Int) in abs(log(Double(k) / ideal)) }
    let nearest = segments.map(\.k).min { distance($0) < distance($1) }
    notebook.claim(
      "best-segment-length", "The measured segment length k that needs the fewest bytes",
      best.map { Double($0.k) }, equals: Double(nearest ?? 0), as: .count)
  }
}
