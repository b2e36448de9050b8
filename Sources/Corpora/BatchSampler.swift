import TensorCore

/// A batch of sequences with their targets: the next token at every position.
public struct Batch: Equatable, Sendable {
  public let batchSize: Int
  public let length: Int
  /// `[batch, seq]`, row-major.
  public let inputs: [Int32]
  /// `[batch, seq]`: the input one position later.
  public let targets: [Int32]

  /// The sequences that begin at `starts`.
  /// - Precondition: `length + 1` bytes follow each start.
  init(_ bytes: [UInt8], starts: [Int], length: Int) {
    batchSize = starts.count
    self.length = length
    inputs = starts.flatMap { bytes[$0..<($0 + length)].lazy.map(Int32.init) }
    targets = starts.flatMap { bytes[($0 + 1)..<($0 + 1 + length)].lazy.map(Int32.init) }
  }
}

/// An endless sequence of training batches from random positions of a part of a text.
///
/// The same corpus, part and generator give the same batches on every machine. A copy of the
/// sampler continues with the same batches as the original.
public struct BatchSampler: Sendable {
  public let batchSize: Int
  public let length: Int
  private let bytes: [UInt8]
  private let range: Range<Int>
  private var generator: SeededGenerator

  /// - Parameters:
  ///   - corpus: The text.
  ///   - range: The positions of inputs and targets, such as `corpus.training`.
  ///   - batchSize: Sequences in a batch.
  ///   - length: Tokens in a sequence.
  ///   - generator: Draws the positions, and nothing else.
  /// - Throws: `CorpusError.tooShort`, for a range of fewer than `length + 1` bytes.
  /// - Precondition: `batchSize` and `length` are positive; `range` is within the text.
  public init(
    corpus: Corpus, range: Range<Int>, batchSize: Int, length: Int, generator: SeededGenerator
  ) throws(CorpusError) {
    precondition(
      batchSize > 0 && length > 0,
      "sampler: batch \(batchSize), length \(length); both must be positive")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= corpus.bytes.count,
      "sampler: the range \(range) is outside the text of \(corpus.bytes.count) bytes")
    guard range.count > length else {
      throw .tooShort(text: corpus.name, partBytes: range.count, neededBytes: length + 1)
    }
    self.batchSize = batchSize
    self.length = length
    self.range = range
    self.generator = generator
    bytes = corpus.bytes
  }

  /// The next batch. Every start position of a sequence has the same probability.
  public mutating func next() -> Batch {
    let placeCount = range.count - length
    let starts = (0..<batchSize).map { _ in
      range.lowerBound + generator.integer(below: placeCount)
    }
    return Batch(bytes, starts: starts, length: length)
  }
}
