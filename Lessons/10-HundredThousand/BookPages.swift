import Autograd
import Corpora
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// What one pass over the whole text leaves for the rest of the page.
struct LongReading {
  let exam: BookReading
  /// The global layer's heads, for the map.
  let heads: (views: PackedHeads, problem: AttentionProblem)
  let tokens: [Int32]
}

/// The whole text, read once into a cache, and a hundred tokens after it.
extension HundredThousandLesson {
  func readBook(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ trained: TrainedModel
  ) throws -> LongReading {
    let n = experiment.longest
    let model = trained.model.sharingWeights(
      with: experiment.chosen.configuration.with(pattern: experiment.sharpened(at: n)))
    let written = experiment.writtenTokens
    notebook.heading("Read \(Quantity.count.text(Double(n))) tokens")
    notebook.say(
      """
      Now all of it in one pass, into a cache with room for what is to be written afterwards. Facts \
      are planted from the first part to the last, and all are asked for at the end. The global \
      layer's scores are made a little sharper, by log n over log of the longest training text; the \
      next part shows why.
      """)
    let text = try notebook.exam(experiment, book, length: n, index: 0)
    let capacity = n + written
    let backend = notebook.backend
    let held = backend.meter.current.totalBytes - 4 * model.parameters.count
    let cache = KeyValueCache(for: model.configuration, capacity: capacity, on: backend)
    let start = ContinuousClock.now
    let ((logits, heads), peak) = notebook.step("Read everything once") {
      backend.meter.scope {
        model.logitsAndHeads(
          of: text.inputs, layer: experiment.globalLayer, cache: cache
        ) { layer in
          let count = model.configuration.layerCount
          notebook.progress(done: layer, total: count, detail: "layer \(layer + 1)")
        }
      }
    }
    let seconds = notebook.elapsed(since: start)
    let exam = experiment.task.reading(of: logits, text, on: backend)
    let predicted = model.configuration.predictedBytes(length: n, on: backend)
      .inference(cacheCapacity: capacity)
    // The global layer's packed heads stay, for the map.
    let kept = 4 * n * model.configuration.shape().packedDim
    report(notebook, experiment, exam, seconds, peak.totalBytes - held, predicted.total + kept)
    let clock = notebook.step("Write \(written) tokens behind it, and behind a short text") {
      [
        write(written, after: [], model, cache, notebook),
        write(
          written, after: Array(text.inputs.prefix(experiment.second.length)), model,
          KeyValueCache(
            for: model.configuration, capacity: experiment.second.length + written, on: backend),
          notebook),
      ]
    }
    tell(notebook, experiment, clock, cacheBytes: predicted.cache, capacity: capacity)
    return LongReading(exam: exam, heads: heads, tokens: text.inputs)
  }

  private func report(
    _ notebook: Notebook, _ experiment: Experiment, _ exam: BookReading, _ seconds: Double,
    _ peakBytes: Int, _ predictedBytes: Int
  ) {
    let n = experiment.longest
    notebook.measure("time to read it", seconds, .seconds)
    notebook.measure("tokens a second", Double(n) / seconds, .count)
    notebook.measure("peak bytes, predicted", Double(predictedBytes), .bytes)
    notebook.claim(
      "Peak bytes of reading \(Quantity.count.text(Double(n))) tokens over the prediction",
      Double(peakBytes) / Double(predictedBytes), within: 0.9...1.1, from: .smoke, as: .times)
    notebook.claim(
      "Peak bytes of reading \(Quantity.count.text(Double(n))) tokens", Double(peakBytes),
      atMost: Double(experiment.memoryLimit), from: .smoke, as: .bytes)
    notebook.measure("loss of the last tenth, nats a byte", exam.meanLoss(n * 9 / 10..<n))
  }

  /// Seconds a token, and what was written.
  private func write(
    _ count: Int, after prompt: [Int32], _ model: Transformer, _ cache: KeyValueCache,
    _ notebook: Notebook
  ) -> (secondsPerToken: Double, text: String) {
    if !prompt.isEmpty {
      _ = model.logits(
        prompt, batch: 1, tape: Tape(notebook.backend, isRecording: false), cache: cache)
    }
    var next = Int32(UInt8(ascii: "A"))
    var bytes: [UInt8] = []
    let start = ContinuousClock.now
    for _ in 0..<count {
      let tape = Tape(notebook.backend, isRecording: false)
      let logits = notebook.backend.read(
        model.logits([next], batch: 1, tape: tape, cache: cache).value)
      // Bytes only: a fact cannot be made up.
      next = Int32((0..<256).max { logits[$0] < logits[$1] } ?? 0)
      bytes.append(UInt8(next))
    }
    let seconds = notebook.elapsed(since: start) / Double(count)
    let text = String(decoding: bytes.map { $0 < 32 ? 32 : $0 }, as: UTF8.self)
    return (seconds, text)
  }

  private func tell(
    _ notebook: Notebook, _ experiment: Experiment,
    _ clock: [(secondsPerToken: Double, text: String)], cacheBytes: Int, capacity: Int
  ) {
    notebook.table(
      "writing", columns: ["tokens before", "time a token", "written, always the likeliest byte"],
      rows: zip([experiment.longest, experiment.second.length], clock).map { before, run in
        [
          Quantity.count.text(Double(before)),
          Quantity.seconds.text(run.secondsPerToken, digits: 3),
          String(run.text.prefix(48)),
        ]
      },
      caption: """
        A token behind a full cache costs \
        \(Quantity.times.text(clock[0].secondsPerToken / clock[1].secondsPerToken, digits: 3)) one \
        behind a short text: only the global layer reads everything. The cache of \
        \(Quantity.count.text(Double(capacity))) tokens holds \
        \(Quantity.bytes.text(Double(cacheBytes))).
        """)
  }
}

extension Notebook {
  /// A held-out text with planted facts: the index-th of its length, the same in every run of a seed.
  func exam(
    _ experiment: Experiment, _ book: Corpus, length: Int, index: Int
  ) throws -> PlantedFacts.Text {
    guard book.heldOut.count > length + 1 else {
      throw CorpusError.tooShort(
        text: book.name, partBytes: book.heldOut.count, neededBytes: length + 2)
    }
    var generator = SeededGenerator(seed: seed, stream: "exam \(length) \(index)")
    let place =
      book.heldOut.lowerBound + generator.integer(below: book.heldOut.count - length - 1)
    return experiment.task.exam(book.bytes[place...place + length], length: length, &generator)
  }
}
