import Autograd
import SmallTransformer
import TensorCore

/// A text that a model reads and continues, greedily, with a key/value cache.
public final class Answer {
  private let model: Transformer
  private let cache: KeyValueCache
  /// The scores of the next token; empty before anything is read.
  private var scores: [Float] = []
  /// Tokens of a piece of the prefill: enough for fast products, few enough for a small workspace.
  private static let pieceLength = 512

  /// - Parameters:
  ///   - model: the model.
  ///   - capacity: the most tokens that are read and written together.
  public init(_ model: Transformer, capacity: Int) {
    self.model = model
    cache = KeyValueCache(for: model.configuration, capacity: capacity, on: model.backend)
  }

  /// Tokens in the cache.
  public var length: Int { cache.length }

  /// Reads tokens into the cache, piece by piece.
  ///
  /// - Parameters:
  ///   - tokens: at least one.
  ///   - report: gets the fraction that is done.
  /// - Precondition: they fit into the capacity.
  public func read(_ tokens: [Int32], report: (Double) -> Void = { _ in }) {
    precondition(!tokens.isEmpty, "answer: there are no tokens to read")
    for start in stride(from: 0, to: tokens.count, by: Self.pieceLength) {
      let piece = Array(tokens[start..<min(tokens.count, start + Self.pieceLength)])
      let tape = Tape(model.backend, isRecording: false)
      let next = model.nextLogits(piece, batch: 1, tape: tape, cache: cache)
      scores = model.backend.read(next.value)
      report(Double(start + piece.count) / Double(tokens.count))
    }
  }

  /// The most likely next token; in a tie the one with the lowest id. It is not read.
  /// - Precondition: something was read.
  public var best: Int32 {
    precondition(!scores.isEmpty, "answer: nothing was read")
    var generator = SeededGenerator(seed: 0, stream: "greedy")
    return Sampling.greedy.choose(scores[...], &generator)
  }

  /// Continues the text until a token of `ends` or `limit` tokens.
  ///
  /// - Parameters:
  ///   - limit: the most tokens.
  ///   - ends: tokens that end the answer. They are not part of it.
  ///   - body: gets each token when it is chosen.
  /// - Returns: the tokens.
  /// - Complexity: one pass of one token each, which reads all weights and the cache.
  /// - Precondition: something was read, and the limit fits into the capacity.
  @discardableResult
  public func write(
    limit: Int, ends: Set<Int32>, _ body: (Int32) -> Void = { _ in }
  ) -> [Int32] {
    var result: [Int32] = []
    while result.count < limit {
      let token = best
      if ends.contains(token) { break }
      result.append(token)
      body(token)
      if result.count < limit { read([token]) }
    }
    return result
  }
}
