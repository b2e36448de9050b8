import Corpora
import LessonKit
import SmallTransformer

/// Bytes of one attention variant, with all activations kept and with selective recomputation.
package struct SelectiveResult: Sendable {
  /// Keep-all and selective, each with the measured and the predicted peak.
  package struct Peak: Sendable {
    package let measured: Int
    package let predicted: Int
    /// How much the measured peak grows from half of the layers to all of them.
    package let growth: Int

    package init(measured: Int, predicted: Int, growth: Int) {
      self.measured = measured
      self.predicted = predicted
      self.growth = growth
    }
  }

  package let kept: Peak
  package let selective: Peak
  /// Values per token that a layer keeps inside attention, and in all.
  package let insideAttention: Int
  package let layer: Int

  package init(kept: Peak, selective: Peak, insideAttention: Int, layer: Int) {
    self.kept = kept
    self.selective = selective
    self.insideAttention = insideAttention
    self.layer = layer
  }

  /// The share of keep-all's bytes that selective recomputation saves.
  var saved: Double { 1 - Double(selective.measured) / Double(kept.measured) }
  var predictedSaved: Double { 1 - Double(selective.predicted) / Double(kept.predicted) }
  /// The share of a layer's bytes that is saved, from the growth with depth: the logits and the one
  /// layer that is being recomputed do not count there.
  var savedPerLayer: Double { 1 - Double(selective.growth) / Double(kept.growth) }
  /// The same by formula: the share of a layer's values that are inside attention.
  var predictedSavedPerLayer: Double { Double(insideAttention) / Double(layer) }
}

/// Section "Selective: what FlashAttention changed".
extension RecomputationLesson {
  package typealias SelectiveResults = Keyed<AttentionVariant, SelectiveResult>

  func recomputeAttention(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws {
    introduceSelective(notebook, experiment)
    let results = try notebook.step(
      "measure-selective", "Measure keep-all and selective, for each attention variant"
    ) {
      try SelectiveResults { try notebook.compare($0, experiment, book) }
    }
    notebook.ask(
      "The tiled kernel of lesson 5 never stores the probabilities. What does selective "
        + "recomputation save with it?",
      answer: "Nothing that grows with the length: only what attention keeps beside them.")
    tabulate(notebook, results)
    try notebook.figure(
      "selective", selectivePlot(results),
      caption: "Selective recomputation saves "
        + results.map {
          "\(Quantity.percent.text($1.saved, digits: 2)) with \($0.name) attention"
        }.joined(separator: ", ") + ".")
    claim(notebook, results)
    explainTiled(notebook, results)
  }

  private func introduceSelective(_ notebook: Notebook, _ experiment: Experiment) {
    let configuration = experiment.selective(.naiveWithDropout)
    let (s, h, a) = (
      experiment.selectiveLength, configuration.modelDim, configuration.headCount
    )
    notebook.heading("Selective: what FlashAttention changed")
    notebook.say(
      """
      Attention before FlashAttention stores its probabilities, one for each head, query and key, \
      and stores them again after dropout. They take many bytes, and they are cheap to compute \
      again. So discard them, and nothing else. Here is Korthikanti's count of what a layer keeps, \
      and the count for this engine. The section after this one shows that they are the same count.
      """)
    notebook.formula(
      #"""
      \text{Korthikanti et al.:} \quad s b h \left( 34 + 5 \frac{a s}{h} \right) \tag{7}
      \text{here, naive:} \quad 4 s b h \left( 16 + \frac{4}{h} + c \frac{a s}{h} \right) \tag{8}
      \text{here, tiled:} \quad 4 s b h \left( 16 + \frac{4}{h} + \frac{a}{h} \right) \tag{9}
      """#,
      legend: """
        Bytes of a layer: s tokens, b sequences, h width, a heads; c is 2 with dropout and 1 \
        without. Here a·s/h = \(a * s / h), with a = \(a), s = \(s), h = \(h), as in GPT-3's \
        ratio of 16.
        """)
    notebook.show("attend", in: "Sources/SmallTransformer/Model/SelfAttention.swift")
  }

  package func claim(_ notebook: Notebook, _ results: SelectiveResults) {
    for (variant, phrase) in [
      (AttentionVariant.naiveWithDropout, "with dropout"), (.naive, "without dropout"),
    ] {
      let result = results[variant]
      notebook.claim(
        "\(variant.rawValue)-saved-per-layer",
        "Naive attention \(phrase): the share of a layer that is saved is {} the formula's",
        result.savedPerLayer / result.predictedSavedPerLayer, within: 0.999...1.001,
        from: .smoke, as: .times, kind: .exact)
      notebook.claim(
        "\(variant.rawValue)-saved",
        "Naive attention \(phrase): the share of the peak that is saved is {} the formula's",
        result.saved / result.predictedSaved, within: 0.999...1.001, from: .smoke, as: .times,
        kind: .exact)
    }
    let tiled = AttentionVariant.tiledWithDropout
    notebook.claim(
      "\(tiled.rawValue)-saved",
      "With tiled attention selective recomputation saves only {} of the peak",
      results[tiled].saved, atMost: 0.02, from: .smoke, as: .percent, kind: .exact)
  }

  private func explainTiled(_ notebook: Notebook, _ results: SelectiveResults) {
    let (tiled, naive) = (results[.tiledWithDropout], results[.naiveWithDropout])
    let share = Quantity.percent.text(Double(tiled.layer) / Double(naive.layer), digits: 3)
    notebook.say(
      """
      The tiled kernel of lesson 5 computes the probabilities again in its backward pass, tile by \
      tile. It has selective recomputation built in, and at a finer grain than a policy. Its layer \
      keeps \(share) of what the layer with naive attention keeps at this length, and less for \
      longer texts. One difference matters: the tiled kernel does not drop probabilities. With it, \
      dropout acts on the residual and the embedding alone.
      """)
  }

  private func tabulate(_ notebook: Notebook, _ results: SelectiveResults) {
    notebook.table(
      "selective",
      columns: [
        "attention", "keep all", "selective", "saved", "by formula", "saved per layer",
        "by formula",
      ],
      rows: results.map { variant, r in
        [
          variant.name, Quantity.bytes.text(Double(r.kept.measured)),
          Quantity.bytes.text(Double(r.selective.measured)),
          Quantity.percent.text(r.saved, digits: 3),
          Quantity.percent.text(r.predictedSaved, digits: 3),
          Quantity.percent.text(r.savedPerLayer, digits: 3),
          Quantity.percent.text(r.predictedSavedPerLayer, digits: 3),
        ]
      },
      caption: """
        Peak bytes of a step. A layer saves more than the whole step: while a layer is being \
        recomputed, its matrices are in memory after all, and the logits are never dropped. The \
        saving per layer is the difference between a model and one half as deep. By formula, a \
        layer with naive attention saves c·a·s/h of 16 + 4/h + c·a·s/h.
        """)
  }
}

extension Notebook {
  fileprivate func compare(
    _ variant: AttentionVariant, _ experiment: Experiment, _ book: Corpus
  ) throws -> SelectiveResult {
    let configuration = experiment.selective(variant)
    var half = configuration
    half.layerCount /= 2
    let (shallow, deep) = (
      try bench(half, experiment, book, length: experiment.selectiveLength),
      try bench(configuration, experiment, book, length: experiment.selectiveLength)
    )
    func peak(_ policy: ActivationPolicy) -> SelectiveResult.Peak {
      let (whole, part) = (deep.measure(policy), shallow.measure(policy))
      return SelectiveResult.Peak(
        measured: whole.peakBytes, predicted: whole.predictedBytes,
        growth: whole.peakBytes - part.peakBytes)
    }
    let bytes = ActivationBytes(
      configuration: configuration, batchCount: experiment.batchCount,
      length: experiment.selectiveLength)
    return SelectiveResult(
      kept: peak(.keepAll), selective: peak(.selective), insideAttention: bytes.attentionInside,
      layer: bytes.layer)
  }
}
