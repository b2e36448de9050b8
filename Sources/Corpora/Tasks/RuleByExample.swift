import TensorCore

/// An in-context learning task: the model infers a rule from examples in the sequence.
///
/// The rule is a shift: input x has the label `(x + shift) mod symbolCount`; each sequence draws
/// its shift. An example shows an input and its label in one token. A fraction of the examples, the
/// noise, has a random label, so one example is not enough. Examples and questions alternate.
///
/// Tokens: the example of x and label y is `x · symbolCount + y`; then follow the questions, one
/// per input. A target is the label by the rule, without noise.
public struct RuleByExample: Hashable, Sendable {
  /// The number of inputs, and of labels.
  public let symbolCount: Int
  /// The fraction of examples with a random label.
  public let noise: Double
  /// Examples in a sequence, each followed by a question.
  public let exampleCount: Int

  public var length: Int { 2 * exampleCount }
  public var vocabularyCount: Int { symbolCount * symbolCount + symbolCount }
  /// The accuracy of a random guess.
  public var chance: Double { 1 / Double(symbolCount) }
  public var identity: String {
    "rule by example, \(symbolCount) symbols, noise \(noise), \(exampleCount) examples"
  }

  /// - Precondition: at least two symbols and one example; noise in 0 ..< 1.
  public init(symbolCount: Int, noise: Double, exampleCount: Int) {
    precondition(
      symbolCount > 1 && exampleCount > 0 && noise >= 0 && noise < 1,
      "rule: \(symbolCount) symbols, noise \(noise), \(exampleCount) examples")
    self.symbolCount = symbolCount
    self.noise = noise
    self.exampleCount = exampleCount
  }

  /// One sequence: tokens, targets (−1 at the examples), and the shift that each example suggests.
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

  /// The accuracy of the best possible predictor after 1, 2, … examples. It predicts the shift that
  /// most examples suggest, which is the most likely one; in a tie it chooses at random.
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
