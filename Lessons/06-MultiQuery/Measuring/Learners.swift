import Autograd
import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// The exercises whose functions this lesson can call.
extension MultiQueryLesson {
  public static var runsWith: [String] { [cacheBytes.exercise, quantizedCache.exercise] }

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
      The trained multi-head model reads \(length - 1) bytes of held-out text. Your `quantized` turns \
      each key and each value of its cache into 8-bit codes and a scale, and code · scale takes its \
      place. Then the model decodes the next byte. Your `score` is not called: the kernel computes \
      the scores from the restored keys.
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
