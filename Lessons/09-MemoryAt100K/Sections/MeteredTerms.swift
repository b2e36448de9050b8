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
      for small models of two families. Then run a training step, or read prompts into a KV cache \
      and decode, and compare. **The prediction is the call that answers for published models and \
      for `lab memory`**: `MemoryPlan.estimate`. Only the accounting differs. This engine has \
      values of 32 bits, stores statistics and no dropout masks; papers count 16 bits.
      """)
    notebook.show(marked: "same-call", in: "Measuring/MeteredModel.swift")
    notebook.say("One of its parts: what one layer keeps per token, counted by hand in lesson 8.")
    notebook.show(
      "LayerActivations", in: "Sources/Calculator/Bytes/LayerActivations.swift",
      focus: "public var normElements")
    notebook.ask(
      "Which terms must be right to the byte, and which can be off by a little?",
      answer: "Weights, gradients, optimizer and cache are sizes times formats. Activations and "
        + "workspace depend on the order in which tensors are made and freed.")
    let trained = notebook.step(
      "meter-training", "Run a training step with each of \(experiment.training.count) models"
    ) {
      notebook.each(experiment.training, detail: \.name) {
        $0.metered(on: notebook.backend, seed: notebook.seed)
      }.compactMap { $0 }
    }
    let decoded = notebook.step(
      "meter-decoding", "Read a prompt and decode with \(experiment.decoding.count) models"
    ) {
      notebook.each(experiment.decoding, detail: \.name) {
        $0.metered(on: notebook.backend, seed: notebook.seed)
      }
    }
    tabulateMetered(notebook, "training", trained, [.activations, .workspace, .total])
    tabulateMetered(
      notebook, "decoding", decoded, [.keyValueCache, .workspace, .total],
      note: """
         An empty field was not compared: a pass without a cache has none, and of a rolling cache, \
        which takes one token at a time, only the cache is predicted.
        """)
    try drawMetered(notebook, trained + decoded)
    claimMetered(notebook, trained, decoded)
    sayWhatIsChecked(notebook, trained + decoded)
  }

  /// Which options of `lab memory` were metered, and from which size on the page extrapolates.
  private func sayWhatIsChecked(_ notebook: Notebook, _ models: [MeteredModel]) {
    let largest = models.compactMap { $0[.total]?.measured }.max() ?? 0
    let weights = (models.compactMap { $0[.parameters]?.measured }.max() ?? 0) / 4
    let target = ModelShape.llama7B
    let factor = Double(target.parameterCount) / Double(max(1, weights))
    notebook.say(
      """
      The largest model that was metered has \(Quantity.plain.text(Double(weights), digits: 3)) \
      weights, and the largest total was \(gigabytes(Double(largest), digits: 3)). **Everything \
      beyond that on this page extrapolates**: \(target.name) has \
      \(Quantity.count.text(factor.rounded(), digits: 2)) times as many weights. What could break \
      on the way is not the count of tensors, which does not depend on sizes, but what an allocator \
      and other kernels add.
      """)
    notebook.table(
      "options", columns: ["options of `lab memory`", "how this page checks them"],
      rows: [
        [
          "context, batch, training, attention, window (all tokens or rolling), new tokens",
          "metered",
        ],
        ["recompute, dropout, accumulate, loss chunk, prefill chunk", "metered"],
        ["sizes of the model: heads, KV heads, layers, vocabulary, tied embedding", "metered"],
        ["state, zero", "numbers in print, below"],
        ["weights, cache bits, key and value cache", "numbers in print, below (16 and 8 bits)"],
        ["block tokens", "an allocator that runs, below"],
        [
          "LoRA, QLoRA, 8-bit optimizer, offload, shared prefix, tensor, pipeline, context and "
            + "sequence parallelism", "sums only: this engine has none of them",
        ],
      ],
      caption: "All options of the command, by how far the answer has been compared with something."
    )
  }

  private func tabulateMetered(
    _ notebook: Notebook, _ pass: String, _ models: [MeteredModel], _ purposes: [MeteredPurpose],
    note: String = ""
  ) {
    notebook.table(
      "metered-\(pass)",
      columns: ["model"] + purposes.map(\.name),
      rows: models.map { model in
        [model.name] + purposes.map { purpose in model[purpose].map(cell) ?? "" }
      },
      caption: """
        Predicted peak bytes of \(pass), and in parentheses how much more was measured, if it is more \
        than 0.001 %.\(note)
        """)
  }

  private func cell(_ found: Comparison) -> String {
    let predicted = Quantity.bytes.text(Double(found.predicted))
    return abs(found.relativeDifference) < 1e-5
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
      "Parameters, gradients, optimizer and KV cache differ from the prediction by at most {} bytes",
      differences.max(), equals: 0, from: .smoke, as: .count)
    // The engine allocates the same bytes in every run.
    notebook.claim(
      "activations-difference", "Activations differ from the prediction by at most {}",
      largestDifference(trained, [.activations]), atMost: 0.02, from: .smoke, as: .percent,
      kind: .exact)
    notebook.claim(
      "workspace-difference", "The workspace differs from the prediction by at most {}",
      largestDifference(trained + decoded, [.workspace]), atMost: 0.01, from: .smoke, as: .percent,
      kind: .exact)
    notebook.claim(
      "total-difference", "The total differs from the prediction by at most {}",
      largestDifference(trained + decoded, [.total]), atMost: 0.01, from: .smoke, as: .percent,
      kind: .exact)
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
