import TensorCore

/// A text of statements and questions: a statement says a key and its value in one token, a question
/// names a key and wants the value that was stated for it.
///
/// A single look at the right statement is enough, so what a mask lets a model see decides alone.
/// Every sequence draws the values of its keys anew, so nothing can be learned by heart; each
/// position is a statement or, where something was stated before, a question, by the toss of a coin.
/// The **gap** of a question is the distance in tokens back to the last statement of its key: it
/// falls off geometrically. Tokens: statement of key k and value v is `k · valueCount + v`, and after
/// all of those come the questions, one a key. A target is a value, 0 ..< `valueCount`.
public struct AssociativeRecall: Hashable, Sendable {
  public let keyCount: Int
  public let valueCount: Int
  /// Tokens in a sequence.
  public let length: Int

  public var vocabularyCount: Int { keyCount * valueCount + keyCount }
  /// How often a guess that knows nothing is right.
  public var chance: Double { 1 / Double(valueCount) }
  /// The task in one line.
  public var identity: String {
    "associative recall, \(keyCount) keys, \(valueCount) values, length \(length)"
  }

  /// - Precondition: there are keys, at least two values, and at least two tokens in a sequence.
  public init(keyCount: Int, valueCount: Int, length: Int) {
    precondition(
      keyCount > 0 && valueCount > 1, "recall: \(keyCount) keys and \(valueCount) values")
    precondition(length > 1, "recall: a length of \(length), too short for a question")
    self.keyCount = keyCount
    self.valueCount = valueCount
    self.length = length
  }

  /// Some sequences side by side.
  /// - Returns: row-major tokens; at each question the value, −1 everywhere else; and beside each
  ///   question its gap.
  public func batch(_ count: Int, _ generator: inout SeededGenerator) -> RecallBatch {
    var batch = RecallBatch()
    for _ in 0..<count { add(to: &batch, &generator) }
    return batch
  }

  private func add(to batch: inout RecallBatch, _ generator: inout SeededGenerator) {
    let values = (0..<keyCount).map { _ in generator.integer(below: valueCount) }
    var stated: [Int] = []
    var lastPlace = [Int](repeating: -1, count: keyCount)
    for place in 0..<length {
      if stated.isEmpty || generator.uniform() < 0.5 {
        let key = generator.integer(below: keyCount)
        if lastPlace[key] < 0 { stated.append(key) }
        lastPlace[key] = place
        batch.append(Int32(key * valueCount + values[key]), target: -1, gap: 0)
      } else {
        let key = stated[generator.integer(below: stated.count)]
        batch.append(
          Int32(keyCount * valueCount + key), target: Int32(values[key]),
          gap: place - lastPlace[key])
      }
    }
  }
}

/// Sequences of a recall task, row-major.
public struct RecallBatch: Equatable, Sendable {
  public private(set) var inputs: [Int32] = []
  /// −1 where nothing is asked.
  public private(set) var targets: [Int32] = []
  /// Tokens back to where the answer stands; 0 where nothing is asked.
  public private(set) var gaps: [Int] = []

  public init() {}

  public mutating func append(_ token: Int32, target: Int32, gap: Int) {
    inputs.append(token)
    targets.append(target)
    gaps.append(gap)
  }
}
