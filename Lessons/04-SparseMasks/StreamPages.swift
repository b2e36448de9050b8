import Corpora
import Foundation
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// The last part of the page: a text without end, and the first tokens of it.
extension SparseMasksLesson {
  /// A byte that no text holds.
  private static let beginning: Int32 = 0

  func stream(_ notebook: Notebook, _ experiment: Experiment, _ book: Corpus) throws {
    notebook.heading("A text without end")
    let schedule = experiment.streamSchedule
    notebook.say(
      """
      A chat goes on for hours; a cache of keys and values must not grow with it. Keep the last W \
      tokens and drop the rest? Xiao et al. found that large models then break at the moment the \
      *first* tokens leave, because every head had learned to park its spare attention on them, and \
      that keeping four of them, the **sinks**, mends it.
      """)
    notebook.show("StreamingCache", in: "Sources/SmallTransformer/Model/StreamingCache.swift")
    notebook.say(
      """
      A sink can form only where training gives something to lean on. The windows of this course \
      begin at random places of the text, so their first token is any byte; a large model's begin \
      with the same token each time. So train two models with RoPE at T = \(schedule.length), alike but \
      for this: in one every window starts as the text happens to, in the other with a fixed first \
      token.
      """)
    let trained = try notebook.step("Train with and without a fixed first token") {
      [
        try trainStream(notebook, experiment, book, first: nil),
        try trainStream(notebook, experiment, book, first: Self.beginning),
      ]
    }
    let readings = try showSinks(notebook, experiment, book, trained)
    try runStreams(notebook, experiment, book, trained, readings)
  }

  private func trainStream(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, first: Int32?
  ) throws -> TrainedModel {
    let schedule = experiment.streamSchedule
    let name = first == nil ? "any first token" : "fixed first token"
    guard let first else {
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
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ trained: [TrainedModel]
  ) throws -> [SinkReading] {
    let length = experiment.streamSchedule.length
    let readings = try notebook.step("How much attention goes to the first token?") {
      let windows = try notebook.heldOutWindows(book, length: length, tokenCount: 16 * length)
      return zip(trained, [nil, Self.beginning]).map { model, first in
        SinkReading(model.model, Streams(windows, first: first).texts.map { $0.dropLast() })
      }
    }
    notebook.table(
      "sinks",
      columns: ["layer and head", "any first token", "fixed first token", "even share"],
      rows: readings[0].shares.indices.flatMap { layer in
        readings[0].shares[layer].indices.map { head in
          ["\(layer + 1).\(head + 1)"]
            + (readings.map { $0.shares[layer][head] } + [readings[0].uniformShare]).map {
              Quantity.percent.text($0, digits: 3)
            }
        }
      },
      caption: "Mean attention that queries of the second half of T give to the first token.")
    let factors = readings.map { $0.largest / $0.uniformShare }
    notebook.notice(
      factors[1] > 5 ? "A sink has formed" : "No sink has formed",
      """
      The head that looks at the first token most gives it \
      \(Quantity.times.text(factors[0], digits: 3)) an even share where windows start anywhere, and \
      \(Quantity.times.text(factors[1], digits: 3)) where the first token is fixed. In the paper's \
      models all layers but the lowest two look at the first tokens most (figure 2). \(factors[1] > 5
        ? "With a fixed first token this small model has begun to do the same."
        : "A model this small, trained for so short a time, has not learned to do that: what follows shows what the sinks are worth without.")
      """)
    notebook.measure(
      "Largest share of a head on a fixed first token, over an even share", factors[1], .times)
    return readings
  }

  private func runStreams(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ trained: [TrainedModel],
    _ readings: [SinkReading]
  ) throws {
    let (T, length) = (experiment.streamSchedule.length, experiment.streamLength)
    notebook.say(
      """
      Now let \(experiment.streamCount) texts of \(length) bytes, \(length / T) times T, run past \
      each model token by token: with a cache that keeps everything, one that keeps the last T, and \
      one that keeps \(experiment.sinkCount) sinks and the last T − \(experiment.sinkCount). In the \
      last two, positions are places in the cache, so that no distance exceeds T.
      """)
    let names = ["everything", "last T", "sinks and last T"]
    let losses = try notebook.step("Stream past both models") {
      let windows = try notebook.heldOutWindows(
        book, length: length, tokenCount: experiment.streamCount * length)
      return zip(trained, [nil, Self.beginning]).map { trained, first in
        let streams = Streams(windows, first: first)
        let caches = makeCaches(trained.model, experiment, streams.texts.count)
        return zip(names, caches).map { name, cache in
          streams.losses(trained.model, cache) {
            notebook.progress(done: Int($0 * 100), total: 100, detail: name)
          }
        }
      }
    }
    try drawStreams(notebook, experiment, names, losses)
    claimStreams(notebook, experiment, losses)
  }

  private func makeCaches(
    _ model: Transformer, _ experiment: Experiment, _ batch: Int
  ) -> [KeyValueCache] {
    let (T, sinks) = (experiment.streamSchedule.length, experiment.sinkCount)
    return [
      KeyValueCache(
        for: model.configuration, batch: batch, capacity: experiment.streamLength,
        on: model.backend),
      StreamingCache(
        for: model.configuration, batch: batch, sinks: 0, window: T, on: model.backend),
      StreamingCache(
        for: model.configuration, batch: batch, sinks: sinks, window: T - sinks,
        on: model.backend),
    ]
  }

  private func drawStreams(
    _ notebook: Notebook, _ experiment: Experiment, _ names: [String], _ losses: [[[Double]]]
  ) throws {
    let (T, width) = (experiment.streamSchedule.length, experiment.streamSchedule.length / 2)
    let series = zip(["any first", "fixed first"], losses).flatMap { model, curves in
      zip(names, curves).map { name, losses in
        let starts = Array(stride(from: 0, to: losses.count, by: width))
        return Series(
          "\(model): \(name)", x: starts.map { Double($0 + width / 2) },
          y: starts.map { mean(losses, $0..<min(losses.count, $0 + width)) })
      }
    }
    try notebook.figure(
      "streaming",
      LinePlot(
        title: "Loss along a stream", x: .linear("position in the stream (bytes)"),
        y: .linear("loss (nats per byte)"), series: series,
        marks: [.vertical(Double(T), "T")]),
      caption: """
        Past T the cache that keeps everything meets distances that training never showed; both \
        caches of fixed size go on. How far apart those two are is what the sinks are worth here.
        """)
  }

  private func claimStreams(
    _ notebook: Notebook, _ experiment: Experiment, _ losses: [[[Double]]]
  ) {
    let (T, length) = (experiment.streamSchedule.length, experiment.streamLength)
    let late = length / 2..<length
    let means = losses.map { $0.map { mean($0, late) } }
    for (name, model) in zip(["Any first token", "Fixed first token"], means) {
      notebook.measure(
        "\(name): nats a byte that the sinks save in the stream's second half", model[1] - model[2])
    }
    notebook.claim(
      "Fixed first token, sinks and last T: loss in the stream's second half over its loss around T",
      means[1][2] / mean(losses[1][2], T / 2..<3 * T / 2), within: 0.9...1.1, as: .times)
    notebook.claim(
      "Fixed first token: loss with everything kept over that with sinks and last T, second half",
      means[1][0] / means[1][2], atLeast: 1.05, as: .times)
  }

  private func mean(_ losses: [Double], _ places: Range<Int>) -> Double {
    losses[places].reduce(0, +) / Double(places.count)
  }
}
