import TensorCore

/// A rule that a sequence shows by examples and never says: something to be learned in the window.
///
/// The rule is a shift: input x has the label `(x + shift) mod symbolCount`, and each sequence draws
/// its shift anew. An example shows an input and its label in one token; a share of them, the
/// noise, has a label drawn at random, so that one example is a hint and no proof. Examples and
/// questions take turns. Tokens: example of x and label y is `x · symbolCount + y`; then the
/// questions, one an input. A target is a label by the rule, without noise.
public struct RuleByExample: Hashable, Sendable {
  public let symbolCount: Int
  public let noise: Double
  /// Examples in a sequence, each with a question behind it.
  public let exampleCount: Int

  public var length: Int { 2 * exampleCount }
  public var vocabularyCount: Int { symbolCount * symbolCount + symbolCount }
  public var chance: Double { 1 / Double(symbolCount) }
  public var identity: String {
    "rule by example, \(symbolCount) symbols, noise \(noise), \(exampleCount) examples"
  }

  /// - Precondition: two symbols at least, an example at least, noise in 0 ..< 1.
  public init(symbolCount: Int, noise: Double, exampleCount: Int) {
    precondition(
      symbolCount > 1 && exampleCount > 0 && noise >= 0 && noise < 1,
      "rule: \(symbolCount) symbols, noise \(noise), \(exampleCount) examples")
    self.symbolCount = symbolCount
    self.noise = noise
    self.exampleCount = exampleCount
  }

  /// One sequence: tokens, the targets, −1 at the examples, and the shift that each example hints at.
  public func sequence(
    _ generator: inout SeededGenerator
  ) -> (inputs: [Int32], targets: [Int32], hints: [Int]) {
    let shift = generator.integer(below: symbolCount)
    var (inputs, targets, hints): ([Int32], [Int32], [Int]) = ([], [], [])
    for _ in 0..<exampleCount {
      let x = generator.integer(below: symbolCount)
      let isNoise = Double(generator.uniform()) < noise
      let label =
        isNoise ? generator.integer(below: symbolCount) : (x + shift) % symbolCount
      inputs.append(Int32(x * symbolCount + label))
      targets.append(-1)
      hints.append((label - x + symbolCount) % symbolCount)
      let asked = generator.integer(below: symbolCount)
      inputs.append(Int32(symbolCount * symbolCount + asked))
      targets.append(Int32((asked + shift) % symbolCount))
    }
    return (inputs, targets, hints)
  }

  /// How often the best possible reader is right after each number of examples from 1 on: it names
  /// the shift that most examples hint at, which is the likeliest, and tosses among equals.
  public func bestPossible(sequences: Int, _ generator: inout SeededGenerator) -> [Double] {
    var right = [Double](repeating: 0, count: exampleCount)
    for _ in 0..<sequences {
      let sequence = sequence(&generator)
      let asked = Int(sequence.inputs[1]) - symbolCount * symbolCount
      let shift = (Int(sequence.targets[1]) - asked + symbolCount) % symbolCount
      var votes = [Int](repeating: 0, count: symbolCount)
      for (index, hint) in sequence.hints.enumerated() {
        votes[hint] += 1
        let most = votes.max() ?? 0
        if votes[shift] == most { right[index] += 1 / Double(votes.filter { $0 == most }.count) }
      }
    }
    return right.map { $0 / Double(sequences) }
  }
}
