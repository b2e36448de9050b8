import Autograd
import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Top-k looks ahead; a threshold does not.
extension ConditionalComputationLesson {
  func lookAhead(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ runs: DepthRuns
  ) throws {
    notebook.heading("A choice that looks ahead")
    notebook.say(
      """
      Whether a token is among the best k depends on tokens that come *after* it. While training, \
      nobody minds; while writing, those tokens do not exist. So a later token changes what an \
      earlier one became, and the training loss knew a little of the future. The mend: a threshold \
      on the token's own score, set on training text so that as many pass as before.
      """)
    let length = experiment.textSchedule.length
    let model = runs.routed[0].model
    let thresholds = try notebook.step("Set a threshold for each routed layer, on training text") {
      try fitThresholds(notebook, experiment, book, runs)
    }
    let causalWatch = RoutingWatch()
    let causal = model.sharingWeights(
      with: try experiment.routedDecoder(.threshold(thresholds), watch: causalWatch))
    let text = Array(
      try notebook.heldOutWindows(book, length: length, tokenCount: length)[0].prefix(length))
    let changes = notebook.step("Change the last token, and look at all outputs before it") {
      [model, causal].map { changeBefore(lastOf: text, $0) }
    }
    notebook.claim(
      "Top-k: an earlier output changes by as much as", changes[0], atLeast: 1e-4)
    notebook.claim(
      "Threshold: largest change of an earlier output", changes[1], atMost: 1e-5, from: .smoke)
    let windows = try notebook.heldOutWindows(
      book, length: length, tokenCount: experiment.evaluationTokens / 4)
    let (byTopK, byThreshold, share, agreement) = notebook.step("Read held-out text both ways") {
      read(windows, model, runs.watch, causal, causalWatch)
    }
    notebook.table(
      "causal", columns: ["rule", "loss (nats a byte)", "tokens routed"],
      rows: [
        [
          "top-k, looking ahead", Quantity.plain.text(byTopK),
          Quantity.percent.text(experiment.capacity),
        ],
        [
          "threshold, causal", Quantity.plain.text(byThreshold),
          Quantity.percent.text(share, digits: 3),
        ],
      ],
      caption: """
        One model read in two ways. They decide alike for \
        \(Quantity.percent.text(agreement, digits: 3)) of tokens and layers.
        """)
    // Seeds 1 and 4: 1.0000 each; with more steps 1.001.
    notebook.claim(
      "Loss by threshold over loss by top-k", byThreshold / byTopK, within: 0.98...1.03, as: .times)
    try drawText(notebook, text, causal, causalWatch)
  }

  /// The score that as large a share of training tokens passes as the capacity allows.
  private func fitThresholds(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ runs: DepthRuns
  ) throws -> [Float] {
    var sampler = try BatchSampler(
      corpus: book, range: book.training, batchSize: 16, length: experiment.textSchedule.length,
      generator: SeededGenerator(seed: notebook.seed, stream: "thresholds"))
    let batch = sampler.next()
    let model = runs.routed[0].model
    runs.watch.routed = []
    _ = model.logits(batch.inputs, batch: 16, tape: Tape(model.backend, isRecording: false))
    return (0..<experiment.decoder.layerCount).map { layer in
      let scores = runs.watch.routed.filter { $0.layer == layer }.flatMap(\.scores).sorted(by: >)
      guard !scores.isEmpty else { return .infinity }
      return scores[min(scores.count - 1, Int(experiment.capacity * Double(scores.count)))]
    }
  }

  /// The largest change of a logit before the last token when that token is another.
  private func changeBefore(lastOf text: [Int32], _ model: Transformer) -> Double {
    let width = model.configuration.vocabularyCount
    let before = (text.count - 1) * width
    func logits(_ tokens: [Int32]) -> ArraySlice<Float> {
      let tape = Tape(model.backend, isRecording: false)
      return model.backend.read(model.logits(tokens, batch: 1, tape: tape).value).prefix(before)
    }
    let plain = logits(text)
    return (0..<8).map { number -> Double in
      var other = text
      other[other.count - 1] = (text[text.count - 1] + 1 + Int32(number) * 29) % Int32(width)
      return zip(plain, logits(other)).map { Double(abs($0 - $1)) }.max() ?? 0
    }.max() ?? 0
  }

  /// Losses by both rules, the share that passes the threshold, and how often the rules agree.
  private func read(
    _ windows: [[Int32]], _ model: Transformer, _ watch: RoutingWatch, _ causal: Transformer,
    _ causalWatch: RoutingWatch
  ) -> (byTopK: Double, byThreshold: Double, share: Double, agreement: Double) {
    var (topK, threshold, passed, alike, decisions) = (0.0, 0.0, 0, 0, 0)
    for window in windows {
      (watch.routed, causalWatch.routed) = ([], [])
      topK += model.lossByPosition([window]).mean
      threshold += causal.lossByPosition([window]).mean
      for (a, b) in zip(watch.routed, causalWatch.routed) {
        let (first, second) = (Set(a.rows), Set(b.rows))
        passed += second.count
        decisions += a.scores.count
        alike += a.scores.count - first.symmetricDifference(second).count
      }
    }
    let count = Double(windows.count)
    return (
      topK / count, threshold / count, Double(passed) / Double(max(1, decisions)),
      Double(alike) / Double(max(1, decisions))
    )
  }

  /// The text itself, and under each letter the routed layers that it took.
  private func drawText(
    _ notebook: Notebook, _ text: [Int32], _ causal: Transformer, _ watch: RoutingWatch
  ) throws {
    watch.routed = []
    _ = causal.logits(text, batch: 1, tape: Tape(causal.backend, isRecording: false))
    let routed = watch.routed
    let lineLength = min(32, text.count)
    let lines = stride(from: 0, to: text.count, by: lineLength).filter {
      $0 + lineLength <= text.count
    }.prefix(4)
    let layers = routed.map(\.layer)
    try notebook.figure(
      "text",
      HeatMapSheet(
        title: "Which bytes take the routed layers",
        maps: lines.map { start in
          HeatMap(
            title: "",
            values: routed.flatMap { route -> [Float] in
              let rows = Set(route.rows)
              return (start..<start + lineLength).map { rows.contains(Int32($0)) ? 1 : 0 }
            }, rows: layers.count, columns: lineLength, xLabel: "", yLabel: "layer",
            xTicks: (0..<lineLength).map { Tick(Double($0), letter(text[start + $0])) },
            yTicks: layers.enumerated().map { Tick(Double($0), "\($1 + 1)") },
            barLabel: "takes the layer", valueRange: 0...1, maximumPixelSide: 1280,
            stretchesStrips: false)
        }, across: 1),
      caption: """
        Held-out text, its letters under the marks; a dark cell is a byte that takes the layer, by \
        the causal rule. Routed of \(text.count) bytes: \(routed.map {
          "layer \($0.layer + 1) \($0.rows.count)"
        }.joined(separator: ", ")). A dot stands for a space.
        """)
  }

  private func letter(_ token: Int32) -> String {
    guard let scalar = UnicodeScalar(UInt32(token)), scalar.isASCII, token > 32 else { return "·" }
    return String(Character(scalar))
  }
}
