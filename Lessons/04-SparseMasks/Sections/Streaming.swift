import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Section "Streaming: a text without end": attention sinks, learned sinks, caches of fixed size.
extension SparseMasksLesson {
  private typealias TrainedStreams = Keyed<SinkKind, [TrainedModel]>
  /// For each seed and policy the loss at each position of the stream.
  private typealias StreamLosses = Keyed<SinkKind, [Keyed<CachePolicy, [Double]>]>

  func stream(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ text: TextModels
  ) throws {
    introduceStreaming(notebook, experiment)
    let trained = try notebook.step("train-streams", "Train with a fixed token, and with sinks") {
      try TrainedStreams { kind in
        if kind == .none { return text[.causal] }
        return try experiment.seeds.map { try train(notebook, experiment, book, kind, seed: $0) }
      }
    }
    try showSinks(notebook, experiment, book, trained)
    try runStreams(notebook, experiment, book, trained)
  }

  private func introduceStreaming(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.heading("Streaming: a text without end")
    notebook.say(
      """
      A chat goes on for hours, but a KV cache must not grow without limit. Can you keep the last \
      W tokens and drop the rest? Xiao et al. found that large models then break at the moment the \
      *first* tokens leave the cache. Most heads had learned to put their unused attention on \
      these tokens. If the cache keeps four of them, the **attention sinks**, the models work.
      """)
    notebook.show(
      "StreamingCache", in: "Sources/SmallTransformer/Model/StreamingCache.swift",
      focus: "let views")
    notebook.say(
      """
      A softmax must sum to 1, so a head that wants to add nothing needs a key to put its weight \
      on. Newer models give it one (gpt-oss): a **learned sink**, one logit s per head in the \
      denominator, without a value. It costs no cache. No kernel has to change: with ℓ the \
      log-sum-exp of the scores, the kernel's output is multiplied by the share of the real keys.
      """)
    notebook.formula(
      #"""
      p_j = \frac{e^{s_j}}{e^{s} + \sum_k e^{s_k}}
      \text{output} = \sigma(ℓ - s) \cdot \text{output without sink}, \quad ℓ = \log \sum_k e^{s_k}
      """#,
      legend: "s the learned logit of the head, sₖ the scores of a query, σ the logistic function")
    notebook.show(
      "addSinks", in: "Sources/Autograd/Operations/LearnedSinks.swift", focus: "for row in")
    notebook.say(
      """
      A sink on a token can form only if training always offers the same one. So you compare three \
      kinds of models with RoPE, T = \(experiment.textLength). The windows of the first kind begin \
      anywhere in the text (the models of the last section). Those of the second begin with a \
      fixed token. Those of the third begin anywhere, and its heads have learned sinks.
      """)
  }

  private func train(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ kind: SinkKind, seed: UInt64
  ) throws -> TrainedModel {
    let (schedule, configuration) = (experiment.textSchedule, kind.configuration(experiment))
    let name = "\(kind.name), seed \(seed)"
    guard let first = kind.token else {
      return try notebook.train(name, configuration, schedule, on: book, seed: seed)
    }
    var sampler = try BatchSampler(
      corpus: book, range: book.training, batchSize: schedule.batchCount, length: schedule.length,
      generator: SeededGenerator(seed: seed, stream: "batches"))
    return try notebook.train(
      name, configuration, schedule,
      material: "text \(book.checksum) \(book.training), first token \(first)", seed: seed
    ) { sampler.next(first: first) }
  }

  private func showSinks(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ trained: TrainedStreams
  ) throws {
    let length = experiment.textLength
    let attention = try notebook.step("measure-sinks", "Measure attention to the first token") {
      let windows = try notebook.heldOutWindows(book, length: length, tokenCount: 16 * length)
      return trained.mapValues { kind, models in
        models.map {
          FirstTokenAttention(
            $0.model, Streams(windows, first: kind.token).texts.map { $0.dropLast() })
        }
      }
    }
    let first = attention.mapValues { $1[0] }
    notebook.table(
      "sinks",
      columns: ["layer and head"] + SinkKind.allCases.map { "\($0.name): to it" }
        + ["learned sinks: to the sink", "uniform attention"],
      rows: first[.none].shares.indices.flatMap { layer in
        first[.none].shares[layer].indices.map { head in
          ["\(layer + 1).\(head + 1)"]
            + (SinkKind.allCases.map { first[$0].shares[layer][head] }
            + [first[.learned].sinkShares[layer][head], first[.none].uniformShare]).map {
              Quantity.percent.text($0, digits: 3)
            }
        }
      },
      caption: """
        Mean attention to the first token, and to the learned sink, from the queries in the second \
        half of the window; the first seed. A learned sink starts at the logit 0, as if it were one \
        more key that looks like any other.
        """)
    let ratios = attention.mapValues { $1.map(\.largestRatio) }
    func range(_ kind: SinkKind) -> String {
      "\(Quantity.times.text(ratios[kind].min() ?? .nan, digits: 3)) to "
        + Quantity.times.text(ratios[kind].max() ?? .nan, digits: 3)
    }
    let hasFormed = (ratios[.fixed].min() ?? 0) > 5
    let finding =
      hasFormed
      ? "With a fixed first token these small models have begun to do the same."
      : "These small models, trained for so short a time, have not learned to do that."
    notebook.notice(
      hasFormed ? "A sink has formed" : "No sink has formed on a token",
      """
      Take the head with the most attention on the first token, and divide that attention by the \
      share of uniform attention. Over the seeds, the result is \(range(.none)) where windows \
      begin anywhere, and \(range(.fixed)) where the first token is fixed. In the paper's models \
      all layers but the lowest two look at the first tokens most (figure 2). \(finding)
      """)
    notebook.measure(
      "sink-ratio",
      "Largest attention of a head to a fixed first token, divided by uniform attention (mean of "
        + "the seeds)",
      geometricMean(of: ratios[.fixed]) ?? .nan, .times)
    let shares = attention[.learned].map(\.largestSinkShare)
    notebook.measure(
      "learned-sink-share",
      "Attention that the most used learned sink takes from its head (mean of the seeds)",
      mean(shares), .percent)
    func formed(_ shares: [Double]) -> String {
      "\(shares.count { $0 > 0.5 }) of \(shares.count)"
    }
    notebook.notice(
      "Learned sinks",
      """
      The most used learned sink takes \
      \(shares.map { Quantity.percent.text($0, digits: 2) }.joined(separator: ", ")) of its head's \
      attention, seed by seed. So in \(formed(shares)) trainings a head put most of its \
      attention on nothing. In the pilots, with other seeds, it was \
      \(formed(Pilot.learnedSinkShare)). This page makes no claim about it: at this size and \
      training it is a matter of the seed.
      """)
  }

  private func runStreams(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ trained: TrainedStreams
  ) throws {
    let (T, length) = (experiment.textLength, experiment.streamLength)
    notebook.say(
      """
      Now each model reads \(experiment.streamCount) texts of \(Quantity.count.text(length)) \
      bytes, \(length / T) times T, token by token. One cache keeps everything, one keeps the last \
      T tokens, and one keeps \(experiment.sinkCount) sinks and the last T − \
      \(experiment.sinkCount). In the last two, positions are counted within the cache, so that no \
      distance exceeds T. Models with learned sinks need no first tokens.
      """)
    notebook.ask(
      "Which of the three caches fails first beyond T, and what do the sinks save?",
      answer: """
        The cache that keeps everything: its distances are new to RoPE. The sinks save what the \
        heads have put on them. The table above says how much that is.
        """)
    let losses = try notebook.step("run-streams", "Stream through the models") {
      let windows = try notebook.heldOutWindows(
        book, length: length, tokenCount: experiment.streamCount * length)
      return trained.mapValues { kind, models in
        let streams = Streams(windows, first: kind.token)
        return models.map { trained in
          Keyed<CachePolicy, [Double]>(kind.policies) { policy in
            let cache = cache(policy, for: trained.model, experiment, batch: streams.texts.count)
            return streams.losses(trained.model, cache) {
              notebook.progress(done: Int($0 * 100), total: 100, detail: policy.name)
            }
          }
        }
      }
    }
    try drawStreams(notebook, experiment, losses)
    claimStreams(notebook, experiment, losses)
  }

  private func cache(
    _ policy: CachePolicy, for model: Transformer, _ experiment: Experiment, batch: Int
  ) -> KeyValueCache {
    let (configuration, T) = (model.configuration, experiment.textLength)
    let sinks = policy == .sinksAndLastT ? experiment.sinkCount : 0
    switch policy {
    case .everything:
      return KeyValueCache(
        for: configuration, batch: batch, capacity: experiment.streamLength, on: model.backend)
    case .lastT, .sinksAndLastT:
      return StreamingCache(
        for: configuration, batch: batch, sinks: sinks, window: T - sinks, on: model.backend)
    }
  }

  private func drawStreams(
    _ notebook: Notebook, _ experiment: Experiment, _ losses: StreamLosses
  ) throws {
    let (T, width) = (experiment.textLength, experiment.textLength / 2)
    let shown: [(kind: SinkKind, policy: CachePolicy, concept: Concept)] = [
      (.fixed, .everything, .standardAttention), (.fixed, .lastT, .window),
      (.fixed, .sinksAndLastT, .sinks), (.learned, .lastT, .globalTokens),
    ]
    let starts = Array(stride(from: 0, to: experiment.streamLength, by: width))
    let series = shown.map { kind, policy, concept in
      Series(
        "\(kind.name): \(policy.name)", x: starts.map { Double($0 + width / 2) },
        y: starts.map { start in
          mean(
            losses[kind].map { seed in
              mean(seed[policy], start..<min(experiment.streamLength, start + width))
            })
        }, of: concept)
    }
    try notebook.figure(
      "streaming",
      LinePlot(
        title: "Loss along a stream: no distance beyond T, no failure",
        x: .linear("position in the stream (bytes)"), y: .linear("loss (nats per byte)"),
        series: series, marks: [.vertical(Double(T), "T")]),
      caption: """
        Mean of \(experiment.seedCount) seeds. Beyond T, the cache that keeps everything has \
        distances that never occurred in training. In the caches of fixed size no distance is new. \
        The difference between these with and without first tokens is the effect of the sinks.
        """)
  }

  private func claimStreams(
    _ notebook: Notebook, _ experiment: Experiment, _ losses: StreamLosses
  ) {
    let (T, length) = (experiment.textLength, experiment.streamLength)
    func late(_ kind: SinkKind, _ policy: CachePolicy) -> [Double] {
      losses[kind].map { mean($0[policy], length / 2..<length) }
    }
    notebook.claim(
      "stream-late-loss",
      "Keeping the last T tokens, the loss in the second half of the stream is {} that around T",
      zip(late(.fixed, .lastT), losses[.fixed]).map { $0 / mean($1[.lastT], T / 2..<3 * T / 2) },
      as: .streamLate)
    notebook.claim(
      "stream-everything-loss",
      "Keeping everything, the loss in the second half is {} that with the last T tokens",
      zip(late(.fixed, .everything), late(.fixed, .lastT)).map { $0 / $1 }, as: .streamEverything)
    notebook.claim(
      "sinks-saving",
      "With a fixed first token, keeping four first tokens saves {} nats per byte",
      zip(late(.fixed, .lastT), late(.fixed, .sinksAndLastT)).map { $0 - $1 }, as: .sinksSaving,
      .plain)
    notebook.claim(
      "learned-sink-loss",
      "Learned sinks change the loss in the second half, keeping the last T tokens, by {} nats per "
        + "byte",
      zip(late(.learned, .lastT), late(.none, .lastT)).map { $0 - $1 }, as: .learnedSinkLoss,
      .plain)
  }

  private func mean(_ losses: [Double], _ places: Range<Int>) -> Double {
    losses[places].reduce(0, +) / Double(places.count)
  }

  private func mean(_ values: [Double]) -> Double { LessonKit.mean(values) }
}
