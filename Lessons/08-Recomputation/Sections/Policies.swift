import Corpora
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

extension Notebook {
  /// A fresh model and a batch of real text of this lesson's sizes.
  func bench(
    _ configuration: TransformerConfiguration, _ experiment: Experiment, _ book: Corpus,
    length: Int? = nil
  ) throws -> Bench {
    var sampler = try BatchSampler(
      corpus: book, range: book.training, batchSize: experiment.batchCount,
      length: length ?? experiment.length, generator: SeededGenerator(seed: seed, stream: "bench"))
    let batch = sampler.next()
    return Bench(
      Transformer(configuration, on: backend, seed: seed), inputs: batch.inputs,
      targets: batch.targets, batchCount: batch.batchSize, seed: seed)
  }

  /// The loss of each step of a training run under a policy.
  func losses(
    of experiment: Experiment, under policy: ActivationPolicy, on book: Corpus
  ) throws -> [Double] {
    let schedule = experiment.schedule
    var sampler = try BatchSampler(
      corpus: book, range: book.training, batchSize: schedule.batchCount, length: schedule.length,
      generator: SeededGenerator(seed: seed, stream: "batches"))
    let model = Transformer(
      experiment.configuration(layerCount: experiment.trainedDepth), on: backend, seed: seed)
    return try Trainer(model, schedule, policy: policy, dropoutSeed: seed).run {
      let batch = sampler.next()
      return (batch.inputs, batch.targets)
    } report: { step in
      self.progress(
        done: step.step, total: step.stepCount,
        detail: "\(policy.name), loss \(Quantity.plain.text(step.loss))")
    }
  }
}

/// The middle of the page: all policies on one deep model.
extension RecomputationLesson {
  func comparePolicies(
    _ notebook: Notebook, _ experiment: Experiment, _ bench: Bench
  ) throws -> [Measurement] {
    let configuration = bench.model.configuration
    let bytes = ActivationBytes(
      configuration: configuration, batchCount: experiment.batchCount, length: experiment.length)
    notebook.heading("Bytes against time")
    notebook.say(
      """
      Now count before you measure. A layer of this GPT keeps for each token, in numbers: the \
      inputs and results of two norms, the packed heads, the result of attention, and the \
      feed-forward layer before and after its activation.
      """)
    notebook.formula(
      "layer = 2·(2d + 2) + 3d + d + a\n        + 2·4d\n      = 16d + a + 4\ninput = d",
      legend: """
        d model width, a heads (one log-sum-exp each, for the tiled attention). Four bytes a \
        number; dropout adds nothing. Here \(bytes.layer) numbers a layer, \
        \(Quantity.plain.text(Double(bytes.layer) / Double(bytes.boundary), digits: 3)) times its \
        input.
        """)
    notebook.show("follow", in: "ActivationBytes.swift")
    let measurements = notebook.step(
      "Every policy on \(experiment.depth) layers: bytes, layers computed, time"
    ) {
      measureAll(notebook, experiment, bench)
    }
    notebook.table(
      "policies",
      columns: [
        "policy", "peak", "by formula", "layers", "time", "× keep all",
      ],
      rows: measurements.map { m in
        [
          m.policy.name, Quantity.bytes.text(Double(m.peakBytes)),
          Quantity.bytes.text(Double(m.predictedBytes)), "\(m.layersComputed)",
          Quantity.seconds.text(m.seconds),
          Quantity.plain.text(m.seconds / measurements[0].seconds, digits: 3),
        ]
      },
      caption: """
        Activations of one step of \(experiment.depth) layers at their peak, by the meter and by \
        the formula; layers computed forward; and the \
        \(notebook.backend.workTimeName) of the fastest of \(experiment.repeats) passes forward and backward.
        """)
    try notebook.figure(
      "bytes-against-time",
      tradeOffPlot(experiment, measurements, clock: notebook.backend.workTimeName),
      caption: tradeOffCaption(measurements))
    claimPolicies(notebook, experiment, bench, measurements, bytes)
    return measurements
  }

  /// Passes of all policies in turn, so that a busy moment of the machine hits none alone.
  private func measureAll(
    _ notebook: Notebook, _ experiment: Experiment, _ bench: Bench
  ) -> [Measurement] {
    var measurements = experiment.policies(layerCount: experiment.depth).map(bench.measure)
    let total = experiment.repeats * measurements.count
    for turn in 0..<experiment.repeats {
      for index in measurements.indices {
        measurements[index].seconds = min(
          measurements[index].seconds, bench.time(measurements[index].policy))
        notebook.progress(
          done: turn * measurements.count + index + 1, total: total,
          detail: measurements[index].policy.name)
      }
    }
    return measurements
  }

  private func tradeOffCaption(_ measurements: [Measurement]) -> String {
    let all = measurements[0]
    let least = measurements.min { $0.peakBytes < $1.peakBytes } ?? all
    let share = Quantity.percent.text(Double(least.peakBytes) / Double(all.peakBytes), digits: 2)
    let time = { (m: Measurement) in Quantity.times.text(m.seconds / all.seconds, digits: 3) }
    let segments = measurements.filter {
      if case .everyKth = $0.policy { true } else { $0.policy == .full }
    }.sorted { $0.seconds < $1.seconds }
    guard let quickest = segments.first, let slowest = segments.last else { return "" }
    return """
      The smallest, \(least.policy.name), holds \(share) of the bytes that keeping all holds and \
      takes \(time(least)) its time. Segments, whatever their length, take from \(time(quickest)) \
      to \(time(slowest)).
      """
  }

  private func claimPolicies(
    _ notebook: Notebook, _ experiment: Experiment, _ bench: Bench, _ measurements: [Measurement],
    _ bytes: ActivationBytes
  ) {
    notebook.claim(
      "Peak bytes by the meter, largest deviation from the formula over all policies",
      measurements.map(\.deviation).max(), atMost: 0.05, from: .smoke, as: .percent)
    let full = measurements.first { $0.policy == .full }
    notebook.claim(
      "Layers computed by full recomputation, over 2n − 1 by formula",
      full.map { Double($0.layersComputed) / Double(2 * experiment.depth - 1) }, equals: 1,
      from: .smoke, as: .times)
    notebook.say(
      """
      A backward pass costs about two forward passes, so that a step is three of them and full \
      recomputation a fourth: a third more time, \(Quantity.times.text(4.0 / 3)), in the ideal. \
      Caches, embedding, loss and the layer that is not computed again move the measured figure a \
      little.
      """)
    let ratio = notebook.step("Full beside keep all, \(experiment.pairCount) times in turn") {
      bench.timeRatio(
        of: .full, over: .keepAll, pairCount: experiment.pairCount, on: notebook)
    }
    notebook.claim(
      "Time of full recomputation over keeping all, median of the pairs", ratio,
      atMost: 1.4, as: .times)
    let ks = [(1, ActivationPolicy.full)] + [2, 4, 8, 16, 32].map { ($0, .everyKth($0)) }
    let segments = ks.compactMap { k, policy in
      measurements.first { $0.policy == policy }.map { (k: k, measured: $0) }
    }
    let best = segments.min { $0.measured.peakBytes < $1.measured.peakBytes }
    let ideal = (Double(experiment.depth * bytes.boundary) / Double(bytes.layer)).squareRoot()
    notebook.say(
      """
      Which k is best? Chen's √n, here \
      \(Quantity.plain.text(Double(experiment.depth).squareRoot(), digits: 2)), takes a layer to keep as much as its input. With the true ratio, \
      (n/k − 1)·d + k·layer is least at k = √(n·d/layer), here \
      \(Quantity.plain.text(ideal, digits: 2)).
      """)
    // Of the powers of two that were tried, the nearest by ratio.
    let distance = { (k: Int) in abs(log(Double(k) / ideal)) }
    let nearest = segments.map(\.k).min { distance($0) < distance($1) }
    notebook.claim(
      "The k with the fewest bytes, of those tried", best.map { Double($0.k) },
      equals: Double(nearest ?? 0), as: .count)
  }

  func showTimeline(
    _ notebook: Notebook, _ experiment: Experiment, _ measurements: [Measurement]
  ) throws {
    notebook.heading("One step, tensor by tensor")
    notebook.say(
      """
      The meter writes down the live bytes at each birth and each death of a tensor. Keeping all, \
      memory climbs through the forward pass and falls through the backward pass. Recomputing, it \
      climbs slowly, and then each segment makes a tooth of its own.
      """)
    let segment: ActivationPolicy = .everyKth(experiment.depth >= 64 ? 8 : 2)
    let shown = [ActivationPolicy.keepAll, segment, .full].compactMap { policy in
      measurements.first { $0.policy == policy }
    }
    let peaks = shown.map { Double($0.liveBytes.max() ?? 0) }
    try notebook.figure(
      "timeline", timelinePlot(experiment, shown),
      caption: zip(shown, peaks).map { measurement, peak in
        "\(measurement.policy.name): \(Quantity.bytes.text(peak, digits: 3)) at the peak"
      }.joined(separator: "; ") + ", temporaries included.")
  }
}
