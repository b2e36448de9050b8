import Autograd
import Corpora
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// The exercises whose functions this lesson can call.
extension MultiQueryLesson {
  public static var runsWith: [String] {
    [sharedHeads.exercise, cacheBytes.exercise, quantizedCache.exercise]
  }

  static let sharedHeads = LearnerFunction<ScoresCall, [[Float]]>("shared-heads")

  static let cacheBytes = LearnerFunction<CachesCall, [Int]>("cache-bytes")
  static let quantizedCache = LearnerFunction<RowsCall, [RowCodes]>("quantized-cache")

  /// Asks the learner's function, if the run has it, how many tokens fit into the measured bytes.
  func compareLearners(
    _ notebook: Notebook, _ experiment: Experiment,
    _ caches: [(sharing: Sharing, length: Int, bytes: Int)]
  ) throws {
    guard let learners = notebook.learners(Self.cacheBytes) else { return }
    notebook.showLearners(Self.cacheBytes)
    let found = try notebook.step(
      "learners-longest", "Ask your function how many tokens fit into the bytes of each cache"
    ) {
      let call = CachesCall(
        caches: try caches.map { cache in
          let configuration = try experiment.configuration(cache.sharing)
          return CacheSizes(
            layerCount: configuration.layerCount, headCount: configuration.headCount,
            kvHeadCount: configuration.kvHeadCount, headDim: configuration.headDim,
            bytesPerElement: 4, memoryBytes: cache.bytes)
        })
      return try learners(call) { $0.count == caches.count }
    }
    notebook.claim(
      "learners-longest-difference",
      "Your longest context differs by at most {} tokens from that of a cache",
      zip(found, caches).map { (Double($0) - Double($1.length)).magnitude }.max(), equals: 0,
      from: .smoke,
      as: .count)
  }
}

extension MultiQueryLesson {
  /// Decodes a token with keys and values that the learner's function has quantized, if the run has
  /// it.
  func decodeWithLearners(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ model: Transformer
  ) throws {
    guard let learners = notebook.learners(Self.quantizedCache) else { return }
    let length = min(64, experiment.schedule.length)
    notebook.heading("Your 8-bit cache")
    notebook.say(
      """
      The trained multi-head model reads \(length - 1) bytes of held-out text. Your `quantized` \
      turns each key and each value of its cache into 8-bit codes and a scale, and code · scale \
      takes its place. Then the model decodes the next byte. Your `score` is not called: the \
      kernel computes the scores from the restored keys.
      """)
    notebook.showLearners(Self.quantizedCache)
    let tokens = Array(
      try notebook.heldOutWindows(book, length: length, tokenCount: length)[0].prefix(length))
    let change = try notebook.step(
      "learners-quantized", "Decode a byte with your 8-bit keys and values"
    ) {
      largestAbsoluteDifference(
        try model.lastLogits(tokens) { $0 },
        try model.lastLogits(tokens) { rows in
          let codes = try learners(RowsCall(rows: rows)) { found in
            found.count == rows.count
              && zip(found, rows).allSatisfy { $0.codes.count == $1.count && $0.scale.isFinite }
          }
          return codes.map { row in row.codes.map { Float($0) * row.scale } }
        })
    }
    notebook.measure(
      "learners-quantized-change", "Largest change of a logit by your 8-bit cache", change, .plain)
    let headDim = Double(model.configuration.headDim)
    notebook.measure(
      "learners-quantized-bytes", "Bytes of your cache divided by those in Float32",
      (headDim + 4) / (4 * headDim), .percent)
  }
}

extension MultiQueryLesson {
  /// Scores a token against all before it with the learner's function, if the run has it.
  func scoreWithLearners(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ model: Transformer
  ) throws {
    guard let learners = notebook.learners(Self.sharedHeads) else { return }
    let length = min(64, experiment.schedule.length)
    let (heads, kvHeads) = (model.configuration.headCount, model.configuration.kvHeadCount)
    notebook.heading("Your shared heads")
    notebook.say(
      """
      The trained model with \(heads) query heads and \(kvHeads) key/value heads reads \(length) \
      bytes of held-out text. Your `sharedScores` gets the queries of the last byte and the keys \
      of all, from the first layer. The softmax of your scores must be the attention of the engine.
      """)
    notebook.showLearners(Self.sharedHeads)
    let tokens = Array(
      try notebook.heldOutWindows(book, length: length, tokenCount: length)[0].prefix(length))
    let difference = try notebook.step(
      "learners-scores", "Attend with the last byte, by your function and by the engine"
    ) {
      let backend = notebook.backend
      let (views, problem) = model.heads(of: tokens, layer: 0)
      func rows(_ view: HeadView, _ count: Int) -> [[[Float]]] {
        view.rows(length: length, headCount: count, headDim: problem.headDim, on: backend)
      }
      // The function divides by √headDim; the model may scale its scores in another way.
      let factor = problem.scale * Float(problem.headDim).squareRoot()
      let call = ScoresCall(
        queries: rows(views.queries, heads).map { $0[length - 1].map { $0 * factor } },
        keys: rows(views.keys, kvHeads))
      let scores = try learners(call) { found in
        found.count == heads && found.allSatisfy { $0.count == length }
      }
      let map = backend.empty([1, heads, length, length], .workspace)
      backend.attentionMap(queries: views.queries, keys: views.keys, into: map, problem)
      let all = backend.read(map)
      // The row of the last query, head by head.
      let engine = (0..<heads).flatMap { head -> ArraySlice<Float> in
        let end = (head + 1) * length * length
        return all[end - length..<end]
      }
      return largestAbsoluteDifference(scores.flatMap(softmax), engine)
    }
    notebook.claim(
      "learners-scores-difference",
      "Attention by your scores differs by at most {} from that of the engine", difference,
      atMost: 1e-5, from: .smoke, kind: .exact)
  }

  private func softmax(_ scores: [Float]) -> [Float] {
    let top = scores.max() ?? 0
    let weights = scores.map { exp($0 - top) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }
}

/// One token's queries, `[query head][element]`, and the keys, `[key head][token][element]`. The
/// answer has the scores, `[query head][token]`.
struct ScoresCall: Encodable {
  let queries: [[Float]]
  let keys: [[[Float]]]
}

extension Transformer {
  /// The logits after the last token. The tokens before it are in a cache whose keys and values
  /// `change` has replaced, as rows of headDim elements.
  fileprivate func lastLogits(
    _ tokens: [Int32], _ change: ([[Float]]) throws -> [[Float]]
  ) throws -> [Float] {
    let cache = KeyValueCache(for: configuration, capacity: tokens.count, on: backend)
    let tape = Tape(backend, isRecording: false)
    _ = logits(Array(tokens.dropLast()), batch: 1, tape: tape, cache: cache)
    let headDim = configuration.headDim
    for tensor in cache.keys + cache.values {
      var elements = backend.read(tensor)  // [kvHeads, capacity, headDim]
      // The last place of each head is still empty.
      let starts = (0..<configuration.kvHeadCount).flatMap { head in
        (0..<tokens.count - 1).map { (head * tokens.count + $0) * headDim }
      }
      let rows = try change(starts.map { Array(elements[$0..<$0 + headDim]) })
      for (start, row) in zip(starts, rows) {
        elements.replaceSubrange(start..<start + headDim, with: row)
      }
      backend.write(elements, to: tensor)
    }
    return backend.read(logits(Array(tokens.suffix(1)), batch: 1, tape: tape, cache: cache).value)
  }
}

/// Rows of a cache. The answer has the codes of each.
struct RowsCall: Encodable {
  let rows: [[Float]]
}

struct RowCodes: Decodable {
  let codes: [Int8]
  let scale: Float
}

/// Caches of one sequence. The answer has the number of tokens that fit into each.
struct CachesCall: Encodable {
  let caches: [CacheSizes]
}

struct CacheSizes: Encodable {
  let layerCount: Int
  let headCount: Int
  let kvHeadCount: Int
  let headDim: Int
  let bytesPerElement: Int
  let memoryBytes: Int
}
