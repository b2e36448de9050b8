import TensorCore

/// An associative recall task. A statement gives a key and its value in one token; a question names
/// a key, and its answer is the value that was stated for it.
///
/// One attention step to the right statement gives the answer, so the attention mask alone decides
/// which questions can be answered. Every key is stated once in a sequence, with a value drawn at
/// its statement: nothing else in the sequence, and no other sequence, says anything about it. The
/// statements are spread evenly: every choice of their positions is equally likely, except that the
/// first token is a statement. All other tokens are questions about keys that were stated. The
/// **gap** of a question is the distance in tokens back to the statement of its key.
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
    "recall, \(keyCount) keys stated once, \(valueCount) values, length \(length)"
  }

  /// - Precondition: at least one key, two values, and more tokens in a sequence than keys.
  public init(keyCount: Int, valueCount: Int, length: Int) {
    precondition(
      keyCount > 0 && valueCount > 1,
      "recall: \(keyCount) keys, \(valueCount) values; need at least 1 key and 2 values")
    precondition(
      length > keyCount,
      "recall: length \(length); need more than \(keyCount) tokens, one for each key")
    self.keyCount = keyCount
    self.valueCount = valueCount
    self.length = length
  }

  /// A vector for a token, of `width` elements: a 1 for its key, and a 1 for its value or, of a
  /// question, for being one. The rest is 0.
  /// - Precondition: the width is at least `keyCount + valueCount + 1`.
  public func code(of token: Int, width: Int) -> [Float] {
    precondition(
      width > keyCount + valueCount && (0..<vocabularyCount).contains(token),
      "recall: token \(token) of \(vocabularyCount), \(width) elements")
    var code = [Float](repeating: 0, count: width)
    let statementCount = keyCount * valueCount
    let isQuestion = token >= statementCount
    code[isQuestion ? token - statementCount : token / valueCount] = 1
    code[keyCount + (isQuestion ? valueCount : token % valueCount)] = 1
    return code
  }

  /// Draws a batch of sequences.
  /// - Returns: tokens, targets (the value at each question, −1 elsewhere) and gaps, all row-major.
  public func batch(_ count: Int, _ generator: inout SeededGenerator) -> RecallBatch {
    var batch = RecallBatch()
    for _ in 0..<count { add(to: &batch, &generator) }
    return batch
  }

  private func add(to batch: inout RecallBatch, _ generator: inout SeededGenerator) {
    var keys = generator.permutation(keyCount)
    var stated: [(key: Int, value: Int, position: Int)] = []
    for position in 0..<length {
      // The statements that are left are equally likely at each of the positions that are left.
      let left = Float(keys.count) / Float(length - position)
      if stated.isEmpty || generator.uniform() < left, let key = keys.popLast() {
        stated.append((key, generator.integer(below: valueCount), position))
        batch.append(
          Int32(key * valueCount + stated[stated.count - 1].value), target: -1, gap: 0)
      } else {
        let asked = stated[generator.integer(below: stated.count)]
        batch.append(
          Int32(keyCount * valueCount + asked.key), target: Int32(asked.value),
          gap: position - asked.position)
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
