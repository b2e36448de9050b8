import TensorCore

/// A synthetic task with a few hard tokens. Each token carries bits. The answer of an easy token is
/// a copy of four of them; the answer of a hard token is four exclusive-ors of pairs.
///
/// A layer with a few hidden units can copy; exclusive-or needs many. So the accuracy on hard
/// tokens shows where the large layer was used. A token id is the integer formed by its bits; the
/// highest bit is 1 for a hard token. Bits 0 … 7 are the four pairs; bits 8 … 11 are copied. The
/// answer has four bits.
public struct HardBits: Hashable, Sendable {
  /// Tokens in a sequence.
  public let length: Int
  /// Hard tokens in a sequence; their positions are drawn again for each one.
  public let hardCount: Int

  /// Bits of a token, without the hard bit.
  public static let bitCount = 12
  public static let answerCount = 16

  public var vocabularyCount: Int { 1 << (Self.bitCount + 1) }
  /// The accuracy of a random guess.
  public var chance: Double { 1 / Double(Self.answerCount) }
  public var identity: String { "hard bits, \(hardCount) of \(length)" }

  /// - Precondition: `length` is positive, and `hardCount` is at most `length`.
  public init(length: Int, hardCount: Int) {
    precondition(
      length > 0 && (0...length).contains(hardCount),
      "hard bits: \(hardCount) hard tokens in a sequence of length \(length)")
    self.length = length
    self.hardCount = hardCount
  }

  public static func isHard(_ token: Int32) -> Bool { token >> Int32(bitCount) == 1 }

  /// The target of a token.
  public static func answer(_ token: Int32) -> Int32 {
    guard isHard(token) else { return token >> 8 & 15 }
    return (0..<4).reduce(0) { answer, pair in
      let two = token >> Int32(2 * pair)
      return answer | ((two ^ (two >> 1)) & 1) << Int32(pair)
    }
  }

  /// The bits of a token as −1 or 1, the hard bit last.
  public static func signs(_ token: Int) -> [Float] {
    (0...bitCount).map { token >> $0 & 1 == 1 ? 1 : -1 }
  }

  /// Draws a batch of sequences, row-major.
  public func batch(
    _ count: Int, _ generator: inout SeededGenerator
  ) -> (inputs: [Int32], targets: [Int32]) {
    var inputs: [Int32] = []
    for _ in 0..<count {
      let hard = Set(generator.permutation(length).prefix(hardCount))
      for place in 0..<length {
        let bits = Int32(generator.integer(below: 1 << Self.bitCount))
        inputs.append(hard.contains(place) ? bits | 1 << Int32(Self.bitCount) : bits)
      }
    }
    return (inputs, inputs.map(Self.answer))
  }
}
