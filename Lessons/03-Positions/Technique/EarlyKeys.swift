import Corpora
import TensorCore

/// A recall task for texts of any length: all statements come first, and questions come much later.
///
/// A statement gives a key and its value in one token. Each text states every key once, in a random
/// order and with random values. After that, each token is a question with probability 1/4 and
/// filler otherwise. The answer is the value that the text stated for the key of the question, so
/// in a text of n tokens it stands up to n − 1 tokens back.
///
/// Tokens: the statement of key k and value v is `k · valueCount + v`; then follow the questions,
/// one per key, and filler. A target is a value.
package struct EarlyKeys: Sendable {
  package let keyCount: Int
  package let valueCount: Int
  /// Tokens in a text.
  package let length: Int

  package init(keyCount: Int, valueCount: Int, length: Int) {
    precondition(keyCount < length, "early keys: \(keyCount) statements in \(length) tokens")
    self.keyCount = keyCount
    self.valueCount = valueCount
    self.length = length
  }

  package var vocabularyCount: Int { keyCount * valueCount + keyCount + 1 }
  /// The accuracy of a random guess.
  package var chance: Double { 1 / Double(valueCount) }
  /// The task in one line, part of the key of cached models.
  package var identity: String {
    "early keys, \(keyCount) keys, \(valueCount) values, length \(length)"
  }

  /// Draws a batch of texts. The gap of a question is the distance back to its statement.
  package func batch(_ count: Int, _ generator: inout SeededGenerator) -> RecallBatch {
    var batch = RecallBatch()
    for _ in 0..<count { add(to: &batch, &generator) }
    return batch
  }

  private func add(to batch: inout RecallBatch, _ generator: inout SeededGenerator) {
    var keys = Array(0..<keyCount)
    for last in keys.indices.reversed() { keys.swapAt(last, generator.integer(below: last + 1)) }
    let values = keys.map { _ in generator.integer(below: valueCount) }
    for (key, value) in zip(keys, values) {
      batch.append(Int32(key * valueCount + value), target: -1, gap: 0)
    }
    for position in keyCount..<length {
      guard generator.uniform() < 0.25 else {
        batch.append(Int32(vocabularyCount - 1), target: -1, gap: 0)
        continue
      }
      let place = generator.integer(below: keyCount)
      batch.append(
        Int32(keyCount * valueCount + keys[place]), target: Int32(values[place]),
        gap: position - place)
    }
  }
}
