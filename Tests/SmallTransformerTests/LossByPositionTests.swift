import Autograd
import CPUBackend
import Foundation
import SmallTransformer
import TensorCore
import TestSupport
import Testing

/// The loss at each position, on texts for which a model's loss is known by hand. Every perplexity
/// of the course is measured with it.
@Suite struct LossByPositionTests {
  private let model: Transformer

  /// Three tokens. After 0 come 0, 1, 2 with probability 1/2, 1/4, 1/4; after 1 with 1/8, 3/4, 1/8;
  /// after 2 with 1/16, 1/16, 7/8.
  private static let probabilities: [[Float]] = [
    [1 / 2, 1 / 4, 1 / 4], [1 / 8, 3 / 4, 1 / 8], [1 / 16, 1 / 16, 7 / 8],
  ]

  init() throws {
    model = bigramModel(Self.probabilities, on: try CPUBackend(threadCount: 2))
  }

  /// Entry p is the loss of token p + 1 after token p.
  @Test func eachPositionPredictsTheNextToken() {
    let found = model.lossByPosition([[0, 1, 2, 2, 0]])
    expectEqual(found.losses, [log(4.0), log(8.0), log(8.0 / 7), log(16.0)])
    #expect(found.length == 4)
    // 1 / (1/4 · 1/8 · 7/8 · 1/16)
    let odds = 4096.0 / 7
    expectEqual([found.mean], [log(odds) / 4])
    expectEqual([found.perplexity / pow(odds, 0.25)], [1])
  }

  /// Windows, of which the last batch has fewer than the others: each counts once.
  @Test(arguments: [1, 2, 3, 6, 7, 8, 100])
  func meanOverWindows(tokensAtOnce: Int) {
    let windows: [[Int32]] = [[0, 0, 1], [0, 1, 2], [0, 2, 2], [1, 1, 1], [2, 0, 0]]
    var reported: [Double] = []
    let found = model.lossByPosition(windows, tokensAtOnce: tokensAtOnce) { reported.append($0) }
    // Products of 1 / probability: 2, 4, 4, 4/3, 16 and 4, 8, 8/7, 4/3, 2.
    let (first, second): (Double, Double) = (2048.0 / 3, 2048.0 / 21)
    expectEqual(found.losses, [log(first) / 5, log(second) / 5])
    let batchCount = (5 + max(1, tokensAtOnce / 2) - 1) / max(1, tokensAtOnce / 2)
    #expect(reported.count == batchCount && reported.last == 1)
  }

  @Test func meansOfPositions() {
    let found = model.lossByPosition([[0, 1, 2, 2, 0, 0, 1, 1]])
    let odds: [Double] = [4, 8, 8.0 / 7, 16, 2, 4, 4.0 / 3]
    let losses = odds.map { log($0) }
    expectEqual([found.mean(of: 0..<1), found.mean(of: 6..<7)], [losses[0], losses[6]])
    expectEqual([found.mean(of: 1..<3)], [(losses[1] + losses[2]) / 2])
    // Positions are counted from 1: the first group is 1, 2, 3, with 2 in its middle.
    let smoothed = found.smoothed(width: 3)
    #expect(smoothed.map(\.position) == [2, 5, 7])
    let sums = (losses[0..<3].reduce(0, +), losses[3..<6].reduce(0, +))
    expectEqual(smoothed.map(\.loss), [sums.0 / 3, sums.1 / 3, losses[6]])
  }

  /// One row per token and no mean: what `lossByPosition` and the streams of lesson 4 sum up.
  @Test func lossesOfRowsWithoutATargetAreZero() {
    let tape = Tape(model.backend, isRecording: false)
    let losses = tape.tokenLosses(
      model.logits([0, 1, 2, 0], batch: 2, tape: tape), targets: [2, 1, -1, 0])
    expectEqual(losses.map(Double.init), [log(4.0), log(4.0 / 3), 0, log(2.0)])
  }

  private func expectEqual(
    _ found: [Double], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let isClose =
      found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 }
    #expect(isClose, "\(found), not \(expected)", sourceLocation: sourceLocation)
  }

  /// Logits by hand: tokens 0 and 2 are of group 0, whose largest logits are those of classes 1 and 2,
  /// so the first of them; the others are of group 1.
  @Test func likeliestClassAtEachPlace() throws {
    let model = knownModel(
      [[0, 3, 3], [5, -1, 4]], vocabularyCount: 4, on: try CPUBackend(threadCount: 1)
    ) { $0 % 2 }
    #expect(model.likeliestClasses(for: [0, 1, 2, 3, 3, 0], batch: 2) == [1, 0, 1, 0, 0, 1])
  }
}
