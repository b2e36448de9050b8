import TensorCore

/// An endless row of batches from random places of a part of a text.
///
/// The same corpus, part and generator give the same batches on every machine. It is a value: a
/// copy goes on from where the original stood.
public struct BatchSampler: Sendable {
  public let batchSize: Int
  public let length: Int
  private let bytes: [UInt8]
  private let range: Range<Int>
  private var generator: SeededGenerator

  /// - Parameters:
  ///   - corpus: The text.
  ///   - range: Where both inputs and targets lie, such as `corpus.training`.
  ///   - batchSize: Sequences in a batch.
  ///   - length: Tokens in a sequence.
  ///   - generator: Chooses the places, and is used for nothing else.
  /// - Throws: `CorpusError.tooShort`, for a range of fewer than `length + 1` bytes.
  /// - Precondition: `batchSize` and `length` are positive; `range` lies within the text.
  public init(
    corpus: Corpus, range: Range<Int>, batchSize: Int, length: Int, generator: SeededGenerator
  ) throws(CorpusError) {
    precondition(batchSize > 0 && length > 0, "sampler: batch \(batchSize), length \(length)")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= corpus.bytes.count,
      "sampler: \(range) of \(corpus.bytes.count) bytes")
    guard range.count > length else {
      throw .tooShort(text: corpus.name, partBytes: range.count, neededBytes: length + 1)
    }
    self.batchSize = batchSize
    self.length = length
    self.range = range
    self.generator = generator
    bytes = corpus.bytes
  }

  /// Each sequence from a place of its own, every place as likely as every other.
  public mutating func next() -> Batch {
    let placeCount = range.count - length
    let starts = (0..<batchSize).map { _ in
      range.lowerBound + generator.integer(below: placeCount)
    }
    return Batch(bytes, starts: starts, length: length)
  }
}
