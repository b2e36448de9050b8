import Autograd
import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The two routing rules with which one trained model is run.
private enum DecodingRule: String, CaseIterable {
  case topK = "top-k"
  case threshold
}

/// Section "Top-k looks ahead": a threshold does not.
extension ConditionalComputationLesson {
  func avoidLookingAhead(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ decoders: RoutedDecoders
  ) throws {
    notebook.heading("Top-k looks ahead")
    notebook.say(
      """
      Whether a token is among the top k depends on tokens that come *after* it. In training they \
      are known. When a model writes, they do not exist yet. So a later token can change the \
      output at an earlier one, and the training loss used a little of the future. The fix is a \
      threshold: a token takes the layer if its own score is high enough. The threshold is set on \
      training text, so that the same share of tokens passes as before.
      """)
    let length = experiment.textSchedule.length
    let trained = decoders.models[0].model
    notebook.showLearners(Self.causalThreshold)
    let thresholds = try notebook.step(
      "fit-thresholds", "Set a threshold for each routed layer, on training text"
    ) {
      try fitThresholds(notebook, experiment, book, trained, decoders.recorder)
    }
    let causalRecorder = RoutingRecorder()
    let causal = trained.sharingWeights(
      with: try experiment.routedDecoder(.threshold(thresholds), recorder: causalRecorder))
    let models = Keyed<DecodingRule, Decoder> { rule in
      switch rule {
      case .topK: Decoder(model: trained, recorder: decoders.recorder)
      case .threshold: Decoder(model: causal, recorder: causalRecorder)
      }
    }
    let text = Array(
      try notebook.heldOutWindows(book, length: length, tokenCount: length)[0].prefix(length))
    try routeWithLearners(notebook, text, trained, decoders.recorder)
    testCausality(notebook, text, models)
    let windows = try notebook.heldOutWindows(
      book, length: length, tokenCount: experiment.evaluationTokens / 4)
    compareLosses(notebook, experiment, windows, models)
    try drawText(notebook, text, models[.threshold])
  }

  private func testCausality(
    _ notebook: Notebook, _ text: [Int32], _ models: Keyed<DecodingRule, Decoder>
  ) {
    let changes = notebook.step(
      "change-last-token", "Change the last token and compare all outputs before it"
    ) {
      models.mapValues { $1.model.largestChange(beforeLastOf: text) }
    }
    notebook.claim(
      "top-k-looks-ahead", "Top-k: largest change of an earlier output by the last token",
      changes[.topK], atLeast: 1e-4)
    notebook.claim(
      "threshold-is-causal", "Threshold: largest change of an earlier output by the last token",
      changes[.threshold], atMost: 1e-5, from: .smoke, kind: .exact)
  }

  private func compareLosses(
    _ notebook: Notebook, _ experiment: Experiment, _ windows: [[Int32]],
    _ models: Keyed<DecodingRule, Decoder>
  ) {
    let result = notebook.step("evaluate-rules", "Evaluate held-out text with both routing rules") {
      RuleComparison(windows, models)
    }
    notebook.table(
      "causal", columns: ["rule", "loss (nats per byte)", "tokens routed"],
      rows: [
        [
          "top-k, looking ahead", Quantity.plain.text(result.losses[.topK]),
          Quantity.percent.text(experiment.capacity),
        ],
        [
          "threshold, causal", Quantity.plain.text(result.losses[.threshold]),
          Quantity.percent.text(result.passedShare, digits: 3),
        ],
      ],
      caption: """
        One trained model, run with two rules. The rules make the same decision for \
        \(Quantity.percent.text(result.agreement, digits: 3)) of all pairs of token and layer.
        """)
    // Seeds 1 and 4: 1.0000 each; with more steps 1.001.
    notebook.claim(
      "threshold-over-top-k", "Loss with the threshold divided by loss with top-k",
      result.losses[.threshold] / result.losses[.topK], within: 0.98...1.03, as: .times)
  }

  /// For each layer a score that the capacity's share of training tokens exceeds; infinity for a
  /// layer that is not routed.
  private func fitThresholds(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ model: Transformer,
    _ recorder: RoutingRecorder
  ) throws -> [Float] {
    var sampler = try BatchSampler(
      corpus: book, range: book.training, batchSize: 16, length: experiment.textSchedule.length,
      generator: SeededGenerator(seed: notebook.seed, stream: "thresholds"))
    let batch = sampler.next()
    recorder.routings = []
    _ = model.logits(batch.inputs, batch: 16, tape: Tape(model.backend, isRecording: false))
    let learners = notebook.learners(Self.causalThreshold)
    return try (0..<experiment.decoder.layerCount).map { layer in
      let scores = recorder.routings.filter { $0.layer == layer }.flatMap(\.scores)
      return try learners?.threshold(for: experiment.capacity, of: scores)
        ?? RoutingRule.threshold(for: experiment.capacity, of: scores)
    }
  }

  /// The text, and below each byte the routed layers that it takes.
  private func drawText(_ notebook: Notebook, _ text: [Int32], _ decoder: Decoder) throws {
    decoder.recorder.routings = []
    let tape = Tape(decoder.model.backend, isRecording: false)
    _ = decoder.model.logits(text, batch: 1, tape: tape)
    let routings = decoder.recorder.routings
    try notebook.figure(
      "text", RoutingPictures.decoder(text, routings),
      caption: """
        Held-out text, with its bytes below the cells. A dark cell is a byte that takes the layer \
        under the threshold rule. Bytes routed, of \(text.count): \(routings.map {
          "layer \($0.layer + 1) \($0.rows.count)"
        }.joined(separator: ", ")). A dot stands for a space.
        """)
  }
}

/// A model and the recorder of its routers.
private struct Decoder {
  let model: Transformer
  let recorder: RoutingRecorder
}

/// Both rules on the same windows.
private struct RuleComparison {
  /// Mean loss in nats per byte.
  let losses: Keyed<DecodingRule, Double>
  /// The share of tokens, over all routed layers, that pass the threshold.
  let passedShare: Double
  /// The share of tokens, over all routed layers, on which the rules agree.
  let agreement: Double

  init(_ windows: [[Int32]], _ models: Keyed<DecodingRule, Decoder>) {
    var sums = Keyed<DecodingRule, Double> { _ in 0 }
    var (passed, equal, decisions) = (0, 0, 0)
    for window in windows {
      for (rule, decoder) in models.pairs {
        decoder.recorder.routings = []
        sums[rule] += decoder.model.lossByPosition([window]).mean
      }
      for (topK, threshold) in zip(
        models[.topK].recorder.routings, models[.threshold].recorder.routings)
      {
        let (first, second) = (Set(topK.rows), Set(threshold.rows))
        passed += second.count
        decisions += topK.scores.count
        equal += topK.scores.count - first.symmetricDifference(second).count
      }
    }
    losses = sums.mapValues { $1 / Double(windows.count) }
    passedShare = Double(passed) / Double(max(1, decisions))
    agreement = Double(equal) / Double(max(1, decisions))
  }
}

extension Transformer {
  /// The largest change of a logit before the last token when the last token is replaced, over
  /// eight replacements.
  fileprivate func largestChange(beforeLastOf text: [Int32]) -> Double {
    let width = configuration.vocabularyCount
    let before = (text.count - 1) * width
    func logits(_ tokens: [Int32]) -> ArraySlice<Float> {
      let tape = Tape(backend, isRecording: false)
      return backend.read(self.logits(tokens, batch: 1, tape: tape).value).prefix(before)
    }
    let original = logits(text)
    return (0..<8).map { number -> Double in
      var other = text
      other[other.count - 1] = (text[text.count - 1] + 1 + Int32(number) * 29) % Int32(width)
      return largestAbsoluteDifference(original, logits(other))
    }.max() ?? 0
  }
}
