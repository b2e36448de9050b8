import Corpora
import LessonKit
import SmallTransformer

/// The last part of the page: selective recomputation, and why it came and went.
extension RecomputationLesson {
  /// One kind of attention, keep-all beside selective.
  struct SelectiveResult {
    let name: String
    let bytes: ActivationBytes
    let kept: Measurement
    let selective: Measurement
    /// Bytes by which keep-all and selective grow from half the depth to the whole.
    let growth: (kept: Int, selective: Int)

    /// The share of keep-all's bytes that selective does not hold.
    var saved: Double { 1 - Double(selective.peakBytes) / Double(kept.peakBytes) }
    var predicted: Double { 1 - Double(selective.predictedBytes) / Double(kept.predictedBytes) }
    /// What selective saves of each layer, by the growth with depth: there neither the logits nor
    /// the one layer at work count.
    var savedOfLayer: Double { 1 - Double(growth.selective) / Double(growth.kept) }
    /// The same by formula: the share of a layer that lies inside attention.
    var layerShare: Double { Double(bytes.attentionInside) / Double(bytes.layer) }
  }

  func lookInsideAttention(_ notebook: Notebook, _ experiment: Experiment, _ book: Corpus) throws {
    let configuration = experiment.selective(dropout: true, .naive)
    let (s, h, a) = (
      experiment.selectiveLength, configuration.modelDim, configuration.headCount
    )
    let theirs = Quantity.percent.text(
      Double(5 * a * s) / Double(34 * h + 5 * a * s), digits: 2)
    notebook.heading("Selective: what FlashAttention changed")
    notebook.say(
      """
      Attention as it was before FlashAttention stores its probabilities, a number for each head, \
      query and key, and once more after dropout. They are many, and cheap to compute again: so \
      forget them, and only them. Korthikanti counted what a layer keeps; here is that count beside \
      this engine's.
      """)
    notebook.formula(
      """
      Korthikanti:
        s·b·h·(34 + 5·a·s/h)
      here, plain:
        4·s·b·h·(16 + 4/h + c·a·s/h)
      here, tiled:
        4·s·b·h·(16 + 4/h + a/h)
      """,
      legend: """
        Bytes of a layer: s tokens, b sequences, h width, a heads; c is 2 with dropout and 1 \
        without. Their 5 is two bytes of probabilities, two of \
        what dropout leaves and one of its mask. On this page a·s/h = \
        \(a * s / h), with a = \(a), s = \(s), h = \(h): the same as GPT-3's. There they save \
        5·a·s/h of 34 + 5·a·s/h, \(theirs).
        """)
    notebook.show("attend", in: "Sources/SmallTransformer/Model/SelfAttention.swift")
    let results = try notebook.step("Keep all and selective, for three kinds of attention") {
      try notebook.each(experiment.selectiveKinds, detail: \.name) { name, dropout, attention in
        try notebook.compare(
          name, experiment.selective(dropout: dropout, attention), experiment, book)
      }
    }
    showSelective(notebook, results)
    try notebook.figure(
      "selective", selectivePlot(results),
      caption: "Selective recomputation saves "
        + results.map { "\(Quantity.percent.text($0.saved, digits: 2)) with \($0.name) attention" }
        .joined(separator: ", ") + ".")
    let (withDropout, without, tiled) = (results[0], results[1], results[2])
    for (name, result) in [("with dropout", withDropout), ("without dropout", without)] {
      notebook.claim(
        "Plain attention \(name): saved of each layer, over c·a·s/h of 16 + 4/h + c·a·s/h",
        result.savedOfLayer / result.layerShare, within: 0.95...1.05, from: .smoke, as: .times)
      notebook.claim(
        "Plain attention \(name): saved of a whole step, over the formula for the peak",
        result.saved / result.predicted, within: 0.95...1.05, from: .smoke, as: .times)
    }
    notebook.claim(
      "Tiled attention: saved of a whole step", tiled.saved, atMost: 0.02, from: .smoke,
      as: .percent)
    notebook.say(
      """
      The tiled kernel of lesson 5 computes the probabilities again in its backward pass, tile by \
      tile: selective recomputation is built in, and finer than a policy could be. Its layer keeps \
      \(Quantity.percent.text(Double(tiled.bytes.layer) / Double(withDropout.bytes.layer), digits: 3)) \
      of what the plain one keeps at this length, and the longer the text, the less. One honest \
      difference: the tiled kernel here drops no probabilities, so its dropout acts on the residual \
      and the embedding alone.
      """)
    notebook.notice(
      "An erratum in the paper's count of operations",
      """
      A layer's work is 72·b·s·h²·(1 + s/(6h)) operations by their equation 7. Selective \
      recomputation repeats two products of 2·b·s²·h each, which is s/(18h) in that bracket and \
      makes it 1 + 2s/(9h). Equation 8 prints 1 + s/(3h): three times the overhead that there is.
      """)
  }

  private func showSelective(_ notebook: Notebook, _ results: [SelectiveResult]) {
    notebook.table(
      "selective",
      columns: [
        "attention", "keep all", "selective", "saved", "formula", "of a layer", "formula",
      ],
      rows: results.map { r in
        [
          r.name, Quantity.bytes.text(Double(r.kept.peakBytes)),
          Quantity.bytes.text(Double(r.selective.peakBytes)),
          Quantity.percent.text(r.saved, digits: 3), Quantity.percent.text(r.predicted, digits: 3),
          Quantity.percent.text(r.savedOfLayer, digits: 3),
          Quantity.percent.text(r.layerShare, digits: 3),
        ]
      },
      caption: """
        Peak bytes of a step. Of the whole step less is saved than of a layer, since one layer's \
        matrices live while they are used, and since the logits stay. What is saved of a layer is \
        read from the growth between half the depth and all of it.
        """)
  }
}

extension Notebook {
  fileprivate func compare(
    _ name: String, _ configuration: TransformerConfiguration, _ experiment: Experiment,
    _ book: Corpus
  ) throws -> RecomputationLesson.SelectiveResult {
    var half = configuration
    half.layerCount /= 2
    let (shallow, deep) = (
      try bench(half, experiment, book, length: experiment.selectiveLength),
      try bench(configuration, experiment, book, length: experiment.selectiveLength)
    )
    let (kept, selective) = (deep.measure(.keepAll), deep.measure(.selective))
    return RecomputationLesson.SelectiveResult(
      name: name,
      bytes: ActivationBytes(
        configuration: configuration, batchCount: experiment.batchCount,
        length: experiment.selectiveLength),
      kept: kept, selective: selective,
      growth: (
        kept: kept.peakBytes - shallow.measure(.keepAll).peakBytes,
        selective: selective.peakBytes - shallow.measure(.selective).peakBytes
      ))
  }
}
