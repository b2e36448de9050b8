import Calculator
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Section "Every term compared with the meter".
extension MemoryAt100KLesson {
  func compareWithMeter(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Every term compared with the meter")
    notebook.say(
      """
      The engine's memory meter counts every byte of every tensor, by purpose. So predict first, \
      for small models of two families, GPT and LLaMA. Then run a training step, or fill a KV \
      cache, and compare. The code lists what one layer saves per token:
      """)
    notebook.show(
      "LayerActivations", in: "Sources/Calculator/Bytes/LayerActivations.swift",
      focus: "public var normElements")
    let trained = notebook.step(
      "meter-training", "Run a training step with each of \(experiment.training.count) models"
    ) {
      notebook.each(experiment.training, detail: \.name) {
        $0.metered(on: notebook.backend, seed: notebook.seed)
      }.compactMap { $0 }
    }
    let decoded = notebook.step(
      "meter-decoding", "Prefill and decode three tokens with \(experiment.decoding.count) models"
    ) {
      experiment.decoding.map { $0.metered(on: notebook.backend, seed: notebook.seed) }
    }
    tabulateMetered(notebook, "training", trained, [.activations, .workspace, .total])
    tabulateMetered(notebook, "decoding", decoded, [.keyValueCache, .workspace, .total])
    try drawMetered(notebook, trained + decoded)
    claimMetered(notebook, trained, decoded)
  }

  private func tabulateMetered(
    _ notebook: Notebook, _ pass: String, _ models: [MeteredModel], _ purposes: [MeteredPurpose]
  ) {
    notebook.table(
      "metered-\(pass)",
      columns: ["model"] + purposes.map(\.name),
      rows: models.map { model in
        [model.name] + purposes.map { purpose in model[purpose].map(cell) ?? "" }
      },
      caption: """
        Predicted peak bytes of \(pass), and in parentheses how much more was measured, if anything.
        """)
  }

  private func cell(_ found: Comparison) -> String {
    let predicted = Quantity.bytes.text(Double(found.predicted))
    return found.measured == found.predicted
      ? predicted
      : "\(predicted) (\(Quantity.percent.text(found.relativeDifference, digits: 2)))"
  }

  private func drawMetered(_ notebook: Notebook, _ models: [MeteredModel]) throws {
    let purposes: [MeteredPurpose] = [
      .parameters, .optimizer, .activations, .keyValueCache, .workspace,
    ]
    let found = purposes.map { purpose in
      (purpose: purpose, comparisons: models.compactMap { $0[purpose] })
    }
    let all = found.flatMap { $0.comparisons.map { Double($0.predicted) } }
    let largest = largestDifference(models, purposes)
    // At least one percent, so that rounding does not look like an error.
    let reach = max(1, 100 * (largest.isFinite ? largest : 1) * 1.2)
    try notebook.figure(
      "predicted-against-measured",
      LinePlot(
        title: "Peak bytes of \(models.count) models, measured against predicted",
        x: .log("predicted", unit: .bytes),
        y: .linear("measured above predicted (%)", range: -reach...reach),
        series: found.map { purpose, comparisons in
          Series(
            purpose.name, x: comparisons.map { Double($0.predicted) },
            y: comparisons.map { 100 * $0.relativeDifference }, style: .points,
            of: purpose.concept)
        }, marks: [.horizontal(0, "exact")]),
      caption: """
        One point per purpose and model, from \(gigabytes(all.min() ?? .nan, digits: 2)) to \
        \(gigabytes(all.max() ?? .nan, digits: 2)). A point on the line is an exact prediction. \
        The largest relative difference is \(Quantity.percent.text(largest, digits: 2)).
        """)
  }

  /// Relative to the prediction; NaN where nothing was compared.
  private func largestDifference(
    _ models: [MeteredModel], _ purposes: [MeteredPurpose]
  ) -> Double {
    models.flatMap { model in
      purposes.compactMap { model[$0].map { abs($0.relativeDifference) } }
    }.max() ?? .nan
  }

  private func claimMetered(
    _ notebook: Notebook, _ trained: [MeteredModel], _ decoded: [MeteredModel]
  ) {
    let exact: [MeteredPurpose] = [.parameters, .gradients, .optimizer, .keyValueCache]
    let differences = (trained + decoded).flatMap { model in
      exact.compactMap { model[$0] }.map { Double(abs($0.measured - $0.predicted)) }
    }
    notebook.claim(
      "exact-terms-difference",
      "Parameters, gradients, optimizer, KV cache: largest difference in bytes from prediction",
      differences.max(), equals: 0, from: .smoke, as: .count)
    // The engine allocates the same bytes in every run. With other sizes: 0.0 %, and 0.0 to 0.7 %.
    notebook.claim(
      "activations-difference", "Activations: largest relative difference from prediction",
      largestDifference(trained, [.activations]), atMost: 0.05, from: .smoke, as: .percent)
    notebook.claim(
      "workspace-difference", "Workspace: largest relative difference from prediction",
      largestDifference(trained + decoded, [.workspace]), atMost: 0.1, from: .smoke, as: .percent)
    notebook.claim(
      "total-difference", "Total: largest relative difference from prediction",
      largestDifference(trained + decoded, [.total]), atMost: 0.05, from: .smoke, as: .percent)
  }
}

extension MeteredPurpose {
  /// Its color in figures.
  fileprivate var concept: Concept {
    switch self {
    case .parameters: .weights
    case .gradients: .gradients
    case .optimizer: .optimizer
    case .activations: .activations
    case .keyValueCache: .cache
    case .workspace: .workspace
    case .total: .reference
    }
  }
}
