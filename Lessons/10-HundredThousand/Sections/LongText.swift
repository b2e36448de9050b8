import Autograd
import Corpora
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// Results of one pass over the longest text, for later sections.
struct LongTextResult {
  let evaluation: TextEvaluation
  /// Queries, keys and values of the global layer, for the attention map.
  let heads: (views: PackedHeads, problem: AttentionProblem)
}

/// The contexts after which tokens are written.
private enum WritingContext: String, CaseIterable {
  case longText = "long-text"
  case shortText = "short-text"
}

/// Tokens written after a context.
private struct Writing: Codable {
  let contextLength: Int
  let secondsPerToken: Double
  let text: String
}

/// Section "Read 100,000 tokens": one pass into a cache, and then a hundred new tokens.
extension HundredThousandLesson {
  func readLongText(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ trained: TrainedModel
  ) throws -> LongTextResult {
    let n = experiment.longest
    let model = trained.model.sharingWeights(with: experiment.withScaledScores(at: n))
    notebook.heading("Read \(Quantity.count.text(Double(n))) tokens")
    notebook.say(
      """
      Now the model reads the whole text in one pass. The KV cache has room for the tokens that the \
      model writes afterwards. The scores of the global layer are multiplied by \
      log n / log T, for a text of n tokens and training texts of at most T. The next section \
      explains why.
      """)
    let text = try notebook.heldOutText(experiment, book, length: n, index: 0)
    let capacity = n + experiment.writtenTokens
    let backend = notebook.backend
    let held = backend.meter.current.totalBytes - 4 * model.parameters.count
    let cache = HybridCache(for: model.configuration, capacity: capacity, on: backend)
    let start = ContinuousClock.now
    let ((logits, heads), peak) = notebook.step("read-text", "Read the text once") {
      backend.meter.scope {
        model.logitsAndHeads(
          of: text.inputs, layer: experiment.globalLayer, cache: cache
        ) { layer in
          let count = model.configuration.layerCount
          notebook.progress(done: layer, total: count, detail: "layer \(layer + 1)")
        }
      }
    }
    let seconds = seconds(since: start)
    let evaluation = experiment.task.evaluation(of: logits, text, on: backend)
    var plan = model.configuration.plan(
      .inference, length: n, cacheCapacity: capacity, on: backend)
    plan.accounting.rollsWindows = true
    let predicted = plan.estimate.metered
    // The packed heads of the global layer stay in memory, for the map.
    let kept = 4 * n * plan.model.layer.attention.packedDim
    report(
      notebook, experiment, evaluation, seconds, peakBytes: peak.totalBytes - held,
      predictedBytes: predicted.total + kept)
    writeTokens(notebook, experiment, model, text.inputs, cache, cacheBytes: predicted.cache)
    return LongTextResult(evaluation: evaluation, heads: heads)
  }

  private func report(
    _ notebook: Notebook, _ experiment: Experiment, _ evaluation: TextEvaluation,
    _ seconds: Double, peakBytes: Int, predictedBytes: Int
  ) {
    let n = experiment.longest
    let tokens = "\(Quantity.count.text(Double(n))) tokens"
    notebook.measure("reading-time", "Time to read the text", seconds, .seconds)
    notebook.measure(
      "reading-rate", "Tokens read per second", (Double(n) / seconds).rounded(),
      .count)
    notebook.measure(
      "reading-predicted-bytes", "Predicted peak bytes of reading", Double(predictedBytes), .bytes)
    notebook.claim(
      "reading-bytes-over-prediction",
      "Peak bytes of reading \(tokens), divided by the prediction",
      Double(peakBytes) / Double(predictedBytes), within: 0.9...1.1, from: .smoke, as: .times)
    notebook.claim(
      "reading-bytes", "Peak bytes of reading \(tokens)", Double(peakBytes),
      atMost: Double(experiment.memoryLimit), from: .smoke, as: .bytes)
    notebook.measure(
      "last-tenth-loss", "Loss in the last tenth of the text, nats per byte",
      evaluation.meanLoss(n * 9 / 10..<n))
  }

  /// Writes tokens after the long text, which is in the cache, and after its first part alone.
  private func writeTokens(
    _ notebook: Notebook, _ experiment: Experiment, _ model: Transformer, _ text: [Int32],
    _ cache: KeyValueCache, cacheBytes: Int
  ) {
    let count = experiment.writtenTokens
    let shortLength = experiment.schedule(.longer).length
    let written = notebook.step(
      "write-tokens", "Write \(count) tokens after the long text, and after a short one"
    ) {
      Keyed<WritingContext, Writing> { context in
        switch context {
        case .longText: write(count, contextLength: text.count, model, cache, notebook)
        case .shortText:
          write(
            count, afterReading: Array(text.prefix(shortLength)), contextLength: shortLength, model,
            HybridCache(
              for: model.configuration, capacity: shortLength + count, on: notebook.backend),
            notebook)
        }
      }
    }
    let ratio = written[.longText].secondsPerToken / written[.shortText].secondsPerToken
    notebook.table(
      "writing", columns: ["tokens before", "time per token", "text (greedy decoding)"],
      rows: written.map { _, writing in
        [
          Quantity.count.text(Double(writing.contextLength)),
          Quantity.seconds.text(writing.secondsPerToken, digits: 3),
          literalMarkdown(String(writing.text.prefix(48))),
        ]
      },
      caption: """
        A token after the long text takes \(Quantity.times.text(ratio, digits: 3)) the time of one \
        after the short text, because only the global layer reads the whole cache. The cache of \
        \(Quantity.count.text(Double(experiment.longest + count))) tokens takes \
        \(Quantity.bytes.text(Double(cacheBytes))).
        """)
  }

  private func write(
    _ count: Int, afterReading prompt: [Int32] = [], contextLength: Int, _ model: Transformer,
    _ cache: KeyValueCache, _ notebook: Notebook
  ) -> Writing {
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
      // Bytes only: the model may not write planted tokens.
      next = Int32((0..<256).max { logits[$0] < logits[$1] } ?? 0)
      bytes.append(UInt8(next))
    }
    return Writing(
      contextLength: contextLength, secondsPerToken: seconds(since: start) / Double(count),
      text: String(decoding: bytes.map { $0 < 32 ? 32 : $0 }, as: UTF8.self))
  }
}
