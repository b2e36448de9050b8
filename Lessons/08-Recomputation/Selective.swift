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

    /// The share of keep-all's bytes that selective does not hold.
    var saved: Double { 1 - Double(selective.peakBytes) / Double(kept.peakBytes) }
    var predicted: Double { 1 - Double(selective.predictedBytes) / Double(kept.predictedBytes) }
    /// The share of a layer that lies inside attention: what a very deep model would save.
    var layerShare: Double { Double(bytes.attentionInside) / Double(bytes.layer) }
  }

  func lookInsideAttention(_ page: Notebook, _ experiment: Experiment, _ book: Corpus) throws {
    let configuration = experiment.selective(dropout: true, .plain)
    let (s, h, a) = (
      experiment.selectiveLength, configuration.modelDim, configuration.headCount
    )
    page.heading("Selective: what FlashAttention changed")
    page.say(
      """
      Attention as it was before FlashAttention stores its probabilities, a number for each head, \
      query and key, and once more after dropout. They are many, and cheap to compute again: so \
      forget them, and only them. Korthikanti counted what a layer keeps; here is that count beside \
      this engine's.
      """)
    page.formula(
      """
      Korthikanti    s·b·h·(34 + 5·a·s/h) bytes
      here, plain    4·s·b·h·(16 + 4/h + c·a·s/h) bytes        c = 2 with dropout, 1 without
      here, tiled    4·s·b·h·(16 + 4/h + a/h) bytes
      """,
      legend: """
        s tokens, b sequences, h width, a heads. Their 5 is two bytes of probabilities, two of \
        what dropout leaves and one of its mask. On this page a·s/h = \
        \(a * s / h), with a = \(a), s = \(s), h = \(h): the same as GPT-3's, whose 5·a·s/h is \
        \(5 * a * s / h).
        """)
    page.show("plainAttention", in: "Sources/Autograd/Operations/PlainAttention.swift")
    let results = try page.step("Keep all and selective, for three kinds of attention") {
      try [("plain, dropout", true, AttentionKind.plain), ("plain", false, .plain), ("tiled", true, .tiled)]
        .map { name, dropout, attention in
          try page.compare(name, experiment.selective(dropout: dropout, attention), experiment, book)
        }
    }
    showSelective(page, results)
    try page.figure(
      "selective", selectivePlot(results),
      caption: "Selective recomputation saves "
        + results.map { "\(Quantity.percent.text($0.saved, digits: 2)) with \($0.name) attention" }
        .joined(separator: ", ") + ".")
    let (withDropout, without, tiled) = (results[0], results[1], results[2])
    page.claim(
      "Saved with plain attention and dropout, over what the formula predicts",
      withDropout.saved / withDropout.predicted, within: 0.95...1.05, from: .smoke, as: .times)
    page.claim(
      "Saved with plain attention without dropout, over what the formula predicts",
      without.saved / without.predicted, within: 0.95...1.05, from: .smoke, as: .times)
    page.claim(
      "Saved with tiled attention", tiled.saved, atMost: 0.02, from: .smoke, as: .percent)
    page.say(
      """
      The tiled kernel of lesson 5 computes the probabilities again in its backward pass, tile by \
      tile: selective recomputation is built in, and finer than a policy could be. Its layer keeps \
      \(Quantity.percent.text(Double(tiled.bytes.layer) / Double(withDropout.bytes.layer), digits: 3)) \
      of what the plain one keeps at this length, and the longer the text, the less. One honest \
      difference: the tiled kernel here drops no probabilities, so its dropout acts on the residual \
      and the embedding alone.
      """)
    page.notice(
      "An erratum in the paper's count of operations",
      """
      A layer's work is 72·b·s·h²·(1 + s/(6h)) operations by their equation 7. Selective \
      recomputation repeats two products of 2·b·s²·h each, which is s/(18h) in that bracket and \
      makes it 1 + 2s/(9h). Equation 8 prints 1 + s/(3h): three times the overhead that there is.
      """)
  }

  private func showSelective(_ page: Notebook, _ results: [SelectiveResult]) {
    page.table(
      "selective",
      columns: [
        "attention", "keep all", "selective", "saved", "saved, by formula", "inside attention, of a layer",
      ],
      rows: results.map { r in
        [
          r.name, Quantity.bytes.text(Double(r.kept.peakBytes)),
          Quantity.bytes.text(Double(r.selective.peakBytes)),
          Quantity.percent.text(r.saved, digits: 3), Quantity.percent.text(r.predicted, digits: 3),
          Quantity.percent.text(r.layerShare, digits: 3),
        ]
      },
      caption: """
        Peak bytes of a step. The formula's saving is less than the share of a layer, since one \
        layer's matrices live while they are used, and since the logits stay.
        """)
  }
}

extension Notebook {
  fileprivate func compare(
    _ name: String, _ configuration: TransformerConfiguration, _ experiment: Experiment,
    _ book: Corpus
  ) throws -> RecomputationLesson.SelectiveResult {
    let bench = try bench(configuration, experiment, book, length: experiment.selectiveLength)
    return RecomputationLesson.SelectiveResult(
      name: name,
      bytes: ActivationBytes(
        configuration: configuration, batchCount: experiment.batchCount,
        length: experiment.selectiveLength),
      kept: bench.measure(.keepAll), selective: bench.measure(.selective))
  }
}
