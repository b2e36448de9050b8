import TensorCore

/// A text of nothing but pairs, key then value, in which a key that comes again has the value that
/// it had before: whoever can look back far enough knows it.
///
/// Tokens: keys are 0 ..< `keyCount`, values the `valueCount` numbers after them. Keys are drawn
/// with replacement, so the gap back to the last time is 2, 4, 6 … tokens, geometrically; every
/// sequence draws the values of its keys anew. A guess is right once in `valueCount`.
public struct AssociativeRecall: Hashable, Sendable {
  public let keyCount: Int
  public let valueCount: Int
  /// Tokens in a sequence.
  public let length: Int

  public var vocabularyCount: Int { keyCount + valueCount }
  /// How often a guess that knows nothing is right.
  public var chance: Double { 1 / Double(valueCount) }
  /// The task in one line.
  public var identity: String {
    "associative recall, \(keyCount) keys, \(valueCount) values, length \(length)"
  }

  /// - Precondition: there are keys and values, and a sequence has an even length of at least 4, so
  ///   that a key can come twice.
  public init(keyCount: Int, valueCount: Int, length: Int) {
    precondition(
      keyCount > 0 && valueCount > 1, "recall: \(keyCount) keys and \(valueCount) values")
    precondition(length >= 4 && length % 2 == 0, "recall: a length of \(length), not even or below 4")
    self.keyCount = keyCount
    self.valueCount = valueCount
    self.length = length
  }

  /// Some sequences side by side.
  /// - Returns: row-major tokens; at each key that was there before, its value as the target, and
  ///   −1 everywhere else; and beside each target the tokens back to the key's last time.
  public func batch(_ count: Int, _ generator: inout SeededGenerator) -> RecallBatch {
    var batch = RecallBatch()
    for _ in 0..<count { add(to: &batch, &generator) }
    return batch
  }

  private func add(to batch: inout RecallBatch, _ generator: inout SeededGenerator) {
    let values = (0..<keyCount).map { _ in
      Int32(keyCount + generator.integer(below: valueCount))
    }
    var lastPlace = [Int?](repeating: nil, count: keyCount)
    for place in stride(from: 0, to: length, by: 2) {
      let key = generator.integer(below: keyCount)
      let last = lastPlace[key]
      batch.inputs += [Int32(key), values[key]]
      batch.targets += [last == nil ? -1 : values[key], -1]
      batch.gaps += [last.map { place - $0 } ?? 0, 0]
      lastPlace[key] = place
    }
  }
}

/// Sequences of a recall task, row-major.
public struct RecallBatch: Equatable, Sendable {
  public var inputs: [Int32] = []
  /// −1 where nothing is asked.
  public var targets: [Int32] = []
  /// Tokens back to the key's last time; 0 where nothing is asked.
  public var gaps: [Int] = []

  public init() {}
}
