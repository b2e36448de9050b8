import TensorCore

/// An associative recall task. A statement gives a key and its value in one token; a question names
/// a key, and its answer is the value that was stated last for it.
///
/// One attention step to the right statement gives the answer, so the attention mask alone decides
/// which questions can be answered. Each sequence has new random values, so they cannot be
/// memorized. Each position is a statement or, once something was stated, a question, with
/// probability 1/2 each. The **gap** of a question is the distance in tokens back to the last
/// statement of its key; its distribution is geometric.
///
/// Tokens: the statement of key k and value v is `k · valueCount + v`; then follow the questions,
/// one per key. A target is a value, 0 ..< `valueCount`.
public struct AssociativeRecall: Hashable, Sendable {
  public let keyCount: Int
  public let valueCount: Int
  /// Tokens in a sequence.
  public let length: Int

  public var vocabularyCount: Int { keyCount * valueCount + keyCount }
  /// The accuracy of a random guess.
  public var chance: Double { 1 / Double(valueCount) }
  /// The task in one line, part of the key of cached models.
  public var identity: String {
    "associative recall, \(keyCount) keys, \(valueCount) values, length \(length)"
  }

  /// - Precondition: at least one key, two values, and two tokens in a sequence.
  public init(keyCount: Int, valueCount: Int, length: Int) {
    precondition(
      keyCount > 0 && valueCount > 1,
      "recall: \(keyCount) keys, \(valueCount) values; need at least 1 key and 2 values")
    precondition(length > 1, "recall: length \(length); need at least 2 tokens")
    self.keyCount = keyCount
    self.valueCount = valueCount
    self.length = length
  }

  /// Draws a batch of sequences.
  /// - Returns: tokens, targets (the value at each question, −1 elsewhere) and gaps, all row-major.
  public func batch(_ count: Int, _ generator: inout SeededGenerator) -> RecallBatch {
    var batch = RecallBatch()
    for _ in 0..<count { add(to: &batch, &generator) }
    return batch
  }

  private func add(to batch: inout RecallBatch, _ generator: inout SeededGenerator) {
    let values = (0..<keyCount).map { _ in generator.integer(below: valueCount) }
    var stated: [Int] = []
    var lastPosition = [Int](repeating: -1, count: keyCount)
    for position in 0..<length {
      if stated.isEmpty || generator.uniform() < 0.5 {
        let key = generator.integer(below: keyCount)
        if lastPosition[key] < 0 { stated.append(key) }
        lastPosition[key] = position
        batch.append(Int32(key * valueCount + values[key]), target: -1, gap: 0)
      } else {
        let key = stated[generator.integer(below: stated.count)]
        batch.append(
          Int32(keyCount * valueCount + key), target: Int32(values[key]),
          gap: position - lastPosition[key])
      }
    }
  }
}

/// Sequences of a recall task, row-major.
public struct RecallBatch: Equatable, Sendable {
  public private(set) var inputs: [Int32] = []
  /// −1 at statements.
  public private(set) var targets: [Int32] = []
  /// The distance in tokens to the statement with the answer; 0 at statements.
  public private(set) var gaps: [Int] = []

  public init() {}

  public mutating func append(_ token: Int32, target: Int32, gap: Int) {
    inputs.append(token)
    targets.append(target)
    gaps.append(gap)
  }
}
