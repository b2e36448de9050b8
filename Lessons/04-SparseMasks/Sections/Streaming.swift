import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Section "Streaming: a text without end": attention sinks and caches of fixed size.
extension SparseMasksLesson {
  private typealias TrainedStreams = Keyed<FirstToken, TrainedModel>
  /// The loss at each position of the stream.
  private typealias StreamLosses = Keyed<FirstToken, Keyed<CachePolicy, [Double]>>

  func stream(_ notebook: Notebook, _ experiment: Experiment, _ book: Corpus) throws {
    introduceStreaming(notebook, experiment)
    let trained = try notebook.step("train-streams", "Train with and without a fixed first token") {
      try TrainedStreams { try trainStream(notebook, experiment, book, $0) }
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
      A sink can form only if training always offers the same token to put attention on. The \
      windows of this course begin at random positions of the text, so their first token is any \
      byte. The windows of a large model begin with the same token each time. So you train two \
      models with RoPE at T = \(experiment.streamSchedule.length). They differ in one thing: in \
      one every window begins with the text's own byte, in the other with a fixed first token.
      """)
  }

  private func trainStream(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ start: FirstToken
  ) throws -> TrainedModel {
    let schedule = experiment.streamSchedule
    let name = "\(start.rawValue) first token"
    guard let first = start.token else {
      return try notebook.train(name, experiment.textConfiguration, schedule, on: book)
    }
    var sampler = try BatchSampler(
      corpus: book, range: book.training, batchSize: schedule.batchCount, length: schedule.length,
      generator: SeededGenerator(seed: notebook.seed, stream: "batches"))
    return try notebook.train(
      name, experiment.textConfiguration, schedule,
      material: "text \(book.checksum) \(book.training), first token \(first)"
    ) { sampler.next(first: first) }
  }

  private func showSinks(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ trained: TrainedStreams
  ) throws {
    let length = experiment.streamSchedule.length
    let attention = try notebook.step("measure-sinks", "Measure attention to the first token") {
      let windows = try notebook.heldOutWindows(book, length: length, tokenCount: 16 * length)
      return trained.mapValues { start, model in
        FirstTokenAttention(
          model.model, Streams(windows, first: start.token).texts.map { $0.dropLast() })
      }
    }
    let (any, fixed) = (attention[.any], attention[.fixed])
    notebook.table(
      "sinks",
      columns: ["layer and head", "any first token", "fixed first token", "uniform attention"],
      rows: any.shares.indices.flatMap { layer in
        any.shares[layer].indices.map { head in
          ["\(layer + 1).\(head + 1)"]
            + [any.shares[layer][head], fixed.shares[layer][head], any.uniformShare].map {
              Quantity.percent.text($0, digits: 3)
            }
        }
      },
      caption:
        "Mean attention to the first token, from the queries in the second half of the window.")
    let finding =
      fixed.largestRatio > 5
      ? "With a fixed first token this small model has begun to do the same."
      : "This small model, trained for so short a time, has not learned to do that. The next test "
        + "shows how much the sinks help such a model."
    notebook.notice(
      fixed.largestRatio > 5 ? "A sink has formed" : "No sink has formed",
      """
      Take the head with the most attention on the first token, and divide that attention by the \
      share of uniform attention. The result is \
      \(Quantity.times.text(any.largestRatio, digits: 3)) where windows begin anywhere, and \
      \(Quantity.times.text(fixed.largestRatio, digits: 3)) where the first token is fixed. In \
      the paper's models all layers but the lowest two look at the first tokens most (figure 2). \
      \(finding)
      """)
    notebook.measure(
      "sink-ratio",
      "Largest attention of a head to a fixed first token, divided by uniform attention",
      fixed.largestRatio, .times)
  }

  private func runStreams(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ trained: TrainedStreams
  ) throws {
    let (T, length) = (experiment.streamSchedule.length, experiment.streamLength)
    notebook.say(
      """
      Now each model reads \(experiment.streamCount) texts of \(Quantity.count.text(length)) \
      bytes, \(length / T) times T, token by token. One cache keeps everything, one keeps the last \
      T tokens, and one keeps \(experiment.sinkCount) sinks and the last T − \
      \(experiment.sinkCount). In the last two, positions are counted within the cache, so that no \
      distance exceeds T.
      """)
    let losses = try notebook.step("run-streams", "Stream through both models") {
      let windows = try notebook.heldOutWindows(
        book, length: length, tokenCount: experiment.streamCount * length)
      return trained.mapValues { start, trained in
        let streams = Streams(windows, first: start.token)
        return Keyed<CachePolicy, [Double]> { policy in
          let cache = cache(policy, for: trained.model, experiment, batch: streams.texts.count)
          return streams.losses(trained.model, cache) {
            notebook.progress(done: Int($0 * 100), total: 100, detail: policy.name)
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
    let (configuration, T) = (model.configuration, experiment.streamSchedule.length)
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
    let (T, width) = (experiment.streamSchedule.length, experiment.streamSchedule.length / 2)
    let series = losses.pairs.flatMap { start, curves in
      curves.map { policy, losses in
        let starts = Array(stride(from: 0, to: losses.count, by: width))
        return Series(
          "\(start.rawValue) first: \(policy.name)", x: starts.map { Double($0 + width / 2) },
          y: starts.map { mean(losses, $0..<min(losses.count, $0 + width)) },
          style: start == .fixed ? .line : .dashed, of: policy.concept)
      }
    }
    try notebook.figure(
      "streaming",
      LinePlot(
        title: "Loss along a stream", x: .linear("position in the stream (bytes)"),
        y: .linear("loss (nats per byte)"), series: series,
        marks: [.vertical(Double(T), "T")]),
      caption: """
        Beyond T, the cache that keeps everything has distances that never occurred in training. \
        In the two caches of fixed size no distance is new. The difference between these two is \
        the effect of the sinks.
        """)
  }

  private func claimStreams(
    _ notebook: Notebook, _ experiment: Experiment, _ losses: StreamLosses
  ) {
    let (T, length) = (experiment.streamSchedule.length, experiment.streamLength)
    let late = losses.mapValues { _, curves in
      curves.mapValues { mean($1, length / 2..<length) }
    }
    for (start, means) in late.pairs {
      notebook.measure(
        "sinks-saving-\(start.rawValue)",
        "\(start == .any ? "Any" : "Fixed") first token: nats per byte that the sinks save in the "
          + "second half of the stream",
        means[.lastT] - means[.sinksAndLastT])
    }
    let fixed = late[.fixed]
    notebook.claim(
      "stream-late-loss",
      "Fixed first token, sinks and last T: loss in the second half of the stream divided by the "
        + "loss around T",
      fixed[.sinksAndLastT] / mean(losses[.fixed][.sinksAndLastT], T / 2..<3 * T / 2),
      within: 0.9...1.1, as: .times)
    notebook.claim(
      "stream-everything-loss",
      "Fixed first token, second half: loss with everything kept divided by that with sinks",
      fixed[.everything] / fixed[.sinksAndLastT], atLeast: 1.05, as: .times)
  }

  private func mean(_ losses: [Double], _ places: Range<Int>) -> Double {
    losses[places].reduce(0, +) / Double(places.count)
  }
}

extension CachePolicy {
  /// Its color in figures.
  fileprivate var concept: Concept {
    switch self {
    case .everything: .standardAttention
    case .lastT: .window
    case .sinksAndLastT: .sinks
    }
  }
}
