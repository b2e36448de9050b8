import Autograd
import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The scores of the global layer, as the model was trained or scaled for the length of the text.
package enum GlobalScores: String, CaseIterable, Sendable {
  case asTrained = "as-trained"
  case scaled

  package var name: String {
    switch self {
    case .asTrained: "scores as trained"
    case .scaled: "scores times log n / log T"
    }
  }
}

/// The answers of one model to the questions about planted facts.
package struct RecallResult: Codable, Sendable {
  /// For each length of text the answers in all its texts.
  let answers: [Int: [Answer]]

  package init(answers: [Int: [Answer]]) { self.answers = answers }

  /// The share of right answers in texts of this length, of facts within a range of depths; NaN
  /// where nothing was asked.
  func share(_ length: Int, depths: Range<Double>? = nil) -> Double {
    let asked = (answers[length] ?? []).filter { depths?.contains($0.depth) ?? true }
    return asked.isEmpty ? .nan : Double(asked.count { $0.isRight }) / Double(asked.count)
  }

  /// The 95 % interval of the share of right answers in texts of this length.
  func interval(_ length: Int) -> (low: Double, high: Double) {
    let asked = answers[length] ?? []
    return wilsonInterval(right: asked.count { $0.isRight }, asked: asked.count)
  }
}

/// Section "A needle at every depth": facts found, by their depth and the length of the text.
extension HundredThousandLesson {
  package typealias RecallResults = Keyed<GlobalScores, RecallResult>

  func findNeedles(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ trained: TrainedModel
  ) throws {
    notebook.heading("A needle at every depth")
    notebook.say(
      """
      Each text has one fact in each of its \(experiment.task.keyCount) parts. After the last byte \
      come the questions, one about each fact. Guessing among the values is right in \
      \(Quantity.percent.text(experiment.task.chance, digits: 3)). The look-up was learned on \
      texts of at most T = \(Quantity.count.text(Double(experiment.longestTrained))) tokens. Every \
      other token takes a little of the attention, so the share of the right token falls as the \
      number n of tokens grows. To keep its share, a score must grow in proportion to log n. That \
      needs no training: multiply the scores of the global layer by log n / log T.
      """)
    notebook.formula(
      #"\text{share of the fact} = \frac{e^s}{e^s + (n - 1) e^0}"#,
      legend: """
        s is the score of the fact, where all other scores are 0. The share stays constant as n \
        grows if s ∝ log n (Chiang and Cholak, 2022).
        """)
    notebook.say(
      """
      The last layer is the global one. Only the questions read what it attends to, so it need not \
      attend for the text before them: it computes keys and values there, and nothing else. That \
      makes reading linear in the length.
      """)
    notebook.show(marked: "prefill", in: "Sections/Needles.swift")
    let results = try notebook.step(
      "ask-at-every-depth", "Ask at every depth, with scores as trained and with scaled scores"
    ) {
      try RecallResults { scores in
        RecallResult(
          answers: try Dictionary(
            uniqueKeysWithValues: experiment.recallLengths.map { length in
              (
                length,
                try answers(notebook, experiment, book, trained.model, length: length, scores)
              )
            }))
      }
    }
    try drawByDepth(notebook, experiment, results)
    try drawByLength(notebook, experiment, results)
    claim(
      notebook, claimedLength: experiment.claimedRecallLength,
      longest: experiment.longestRecallLength, results)
    try runLearnersTest(notebook, experiment, book, trained.model)
  }

  private func answers(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ model: Transformer,
    length: Int, _ scores: GlobalScores
  ) throws -> [Answer] {
    let configuration =
      scores == .scaled ? experiment.withScaledScores(at: length) : experiment.chosen
    let reader = model.sharingWeights(with: configuration)
    let count = experiment.textCount(length: length)
    return try (0..<count).flatMap { index in
      notebook.progress(
        done: index, total: count, detail: "\(Quantity.count.text(length)) tokens, \(scores.name)")
      let text = try notebook.heldOutText(experiment, book, length: length, index: index)
      return experiment.task.answers(answersOnly(reader, text), to: text)
    }
  }

  /// The logits of the questions at the end of a text. What the last layer attends to before them
  /// decides no answer, so it is not computed.
  private func answersOnly(_ reader: Transformer, _ text: PlantedFacts.Text) -> [Float] {
    // lesson: begin prefill
    let first = text.questions.first?.place ?? 0
    let cache = HybridCache(
      for: reader.configuration, capacity: text.inputs.count, on: reader.backend)
    reader.prefill(Array(text.inputs[..<first]), into: cache)
    let tape = Tape(reader.backend, isRecording: false)
    return reader.backend.read(
      reader.logits(Array(text.inputs[first...]), batch: 1, tape: tape, cache: cache).value)
    // lesson: end prefill
  }

  private func drawByDepth(
    _ notebook: Notebook, _ experiment: Experiment, _ results: RecallResults
  ) throws {
    let count = experiment.depthCount
    let depths = (0..<count).map { Double($0) / Double(count)..<Double($0 + 1) / Double(count) }
    let lengths = experiment.recallLengths
    let chance = Quantity.percent.text(experiment.task.chance, digits: 3)
    let found = results.map { scores, result in
      let interval = result.interval(experiment.longestRecallLength)
      return Quantity.percent.text(result.share(experiment.longestRecallLength), digits: 3)
        + " with \(scores.name) (\(Quantity.percent.text(interval.low, digits: 2)) to "
        + "\(Quantity.percent.text(interval.high, digits: 2)))"
    }
    try notebook.figure(
      "recall-by-depth",
      HeatMapSheet(
        title: "Facts found, by depth and length of the text",
        maps: results.map { scores, result in
          let shares = depths.flatMap { depth in lengths.map { result.share($0, depths: depth) } }
          return HeatMap(
            title: scores.name, values: shares.map(Float.init), rows: depths.count,
            columns: lengths.count, xLabel: "tokens", yLabel: "depth (0 is the start)",
            xTicks: lengths.enumerated().map { Tick(Double($0), shortName($1)) },
            yTicks: depths.enumerated().map {
              Tick(Double($0), Quantity.percent.text($1.lowerBound, digits: 2))
            }, barLabel: "share of right answers (chance: \(chance))", valueRange: 0...1,
            cellTexts: shares.map { $0.isFinite ? "\(Int((100 * $0).rounded()))" : "" })
        }, across: 2),
      caption: """
        Facts found at \(Quantity.count.text(Double(experiment.longestRecallLength))) tokens: \
        \(found.joined(separator: ", ")). The numbers are percent; chance is \(chance).
        """)
  }

  /// "16K" for 16,384.
  private func shortName(_ length: Int) -> String {
    length < 1000 ? "\(length)" : "\((length + 500) / 1000)K"
  }

  private func drawByLength(
    _ notebook: Notebook, _ experiment: Experiment, _ results: RecallResults
  ) throws {
    let lengths = experiment.recallLengths
    try notebook.figure(
      "recall-by-length",
      LinePlot(
        title: "Facts found, all depths together", x: .log("tokens in the text", base: 2),
        y: .linear("share of right answers", range: 0...1.05),
        series: results.map { scores, result in
          Series(
            scores.name, x: lengths.map(Double.init), y: lengths.map { result.share($0) },
            low: lengths.map { result.interval($0).low },
            high: lengths.map { result.interval($0).high })
        },
        marks: [
          .horizontal(experiment.task.chance, "chance"),
          .vertical(Double(experiment.longestTrained), "longest trained"),
        ]),
      caption: """
        Shares with 95 % intervals (Wilson's, as if all questions were independent). Questions: \
        \(lengths.map { length in
          "\(results[.asTrained].answers[length]?.count ?? 0) at "
            + Quantity.count.text(Double(length)) + " tokens"
        }.joined(separator: ", ")).
        """)
  }

  package func claim(
    _ notebook: Notebook, claimedLength: Int, longest: Int, _ results: RecallResults
  ) {
    let far = Quantity.count.text(Double(longest))
    // Seeds 1, 2 and 3: 99.6, 97.3 and 99.8 %; 100, 87.5 and 90.6 %. With fewer steps in the first
    // stage, one seed of three did not learn the look-up, and then scaled scores do not help.
    notebook.claim(
      "recall-within-training",
      "Share of facts found in texts of \(Quantity.count.text(Double(claimedLength))) tokens",
      results[.asTrained].share(claimedLength), atLeast: 0.9, as: .percent)
    notebook.claim(
      "recall-longest-scaled", "Share of facts found at \(far) tokens, scaled scores",
      results[.scaled].share(longest), atLeast: 0.6, as: .percent)
    notebook.measure(
      "recall-longest-as-trained", "Share of facts found at \(far) tokens, scores as trained",
      results[.asTrained].share(longest), .percent)
  }
}
