import TensorCore

/// Tokens of which a few are hard: each carries some bits, an easy one asks for four of them to be
/// copied, a hard one for four exclusive-ors of pairs.
///
/// A layer of a few hidden units can copy; exclusive-or needs many. So where the heavy computation
/// goes decides who is answered. A token is its bits as a number, with one more bit, the highest,
/// that says hard. Bits 0 … 7 make four pairs; bits 8 … 11 are what an easy token asks for. The
/// answer is a number of four bits.
public struct HardBits: Hashable, Sendable {
  /// Tokens in a sequence.
  public let length: Int
  /// Hard ones among them, at places drawn anew for each sequence.
  public let hardCount: Int

  public static let bitCount = 12
  public static let answerCount = 16

  public var vocabularyCount: Int { 1 << (Self.bitCount + 1) }
  public var chance: Double { 1 / Double(Self.answerCount) }
  public var identity: String { "hard bits, \(hardCount) of \(length)" }

  /// - Precondition: there are tokens, and no more hard ones than tokens.
  public init(length: Int, hardCount: Int) {
    precondition(
      length > 0 && (0...length).contains(hardCount),
      "hard bits: \(hardCount) hard tokens of \(length)")
    self.length = length
    self.hardCount = hardCount
  }

  public static func isHard(_ token: Int32) -> Bool { token >> Int32(bitCount) == 1 }

  public static func answer(_ token: Int32) -> Int32 {
    guard isHard(token) else { return token >> 8 & 15 }
    return (0..<4).reduce(0) { answer, pair in
      let two = token >> Int32(2 * pair)
      return answer | ((two ^ (two >> 1)) & 1) << Int32(pair)
    }
  }

  /// A token as numbers: each bit −1 or 1, the one that says hard last.
  public static func signs(_ token: Int) -> [Float] {
    (0...bitCount).map { token >> $0 & 1 == 1 ? 1 : -1 }
  }

  /// Sequences side by side, row-major.
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
