import SequenceParallel
import TensorCore
import TestSupport
import Testing

@Suite("Attention over ranks equals one process's", .timeLimit(.minutes(30)))
struct SpreadAttentionTests {
  /// A technique with a layout that it allows.
  struct Division: CustomTestStringConvertible, Sendable {
    let technique: SpreadTechnique
    let layout: SequenceLayout

    var testDescription: String { "\(technique.rawValue), \(layout.rawValue)" }

    static let all = SpreadTechnique.allCases.flatMap { technique in
      SequenceLayout.allCases.map { Division(technique: technique, layout: $0) }
    }.filter { $0.technique != .allGather || $0.layout != .striped }
  }

  /// Outputs within 1e-5 and gradients within 1e-4 of the largest, and the bytes of the formula.
  private func expectEqual(
    _ problem: AttentionProblem, _ division: Division, ranks: Int, scale: Float = 1,
    sourceLocation at: SourceLocation = #_sourceLocation
  ) throws {
    let test = WholeAndSpread(problem, scale: scale)
    let whole = try test.whole()
    let (spread, traffic, sent) = try test.spread(
      division.technique, division.layout, ranks: ranks)
    let name = "\(ranks) ranks, \(division.testDescription), \(problem)"
    let output = difference(spread.output, whole.output, Tolerance(relative: 1e-5))
    #expect(output.isWithin, "output, \(name): \(output)", sourceLocation: at)
    let gradient = difference(spread.gradient, whole.gradient, Tolerance(relative: 1e-4))
    #expect(gradient.isWithin, "gradient, \(name): \(gradient)", sourceLocation: at)
    #expect(
      sent == traffic.map { $0.forwardBytes + $0.backwardBytes }, "bytes, \(name)",
      sourceLocation: at)
  }

  private func problem(
    _ length: Int, heads: Int = 8, kvHeads: Int = 8, headDim: Int = 16, batch: Int = 1,
    window: Int? = nil, slopes: Bool = false, causal: Bool = true
  ) -> AttentionProblem {
    AttentionProblem(
      batchCount: batch, queryLength: length, keyLength: length, headCount: heads,
      kvHeadCount: kvHeads, headDim: headDim, isCausal: causal, window: window,
      slopes: slopes ? (1...heads).map { 0.5 / Float($0) } : nil)
  }

  @Test("lengths that the ranks divide, and ragged ones", arguments: Division.all, [2, 4, 8])
  func lengths(_ division: Division, ranks: Int) throws {
    for length in [16, 17, 31, 64, 149, 400] {
      try expectEqual(problem(length), division, ranks: ranks)
    }
  }

  @Test("three ranks, grouped heads, several sequences", arguments: Division.all)
  func threeRanks(_ division: Division) throws {
    for length in [6, 7, 50, 301] {
      try expectEqual(problem(length, heads: 6, kvHeads: 3, batch: 2), division, ranks: 3)
    }
  }

  @Test("shared key/value heads", arguments: Division.all, [2, 4])
  func groups(_ division: Division, ranks: Int) throws {
    try expectEqual(problem(130, heads: 8, kvHeads: 4, batch: 2), division, ranks: ranks)
    guard division.technique != .ulysses else { return }
    try expectEqual(problem(130, heads: 4, kvHeads: 1, headDim: 24), division, ranks: ranks)
  }

  @Test("a window shorter and longer than a share", arguments: Division.all, [2, 3, 4])
  func window(_ division: Division, ranks: Int) throws {
    for window in [1, 3, 17, 60, 1000] {
      for length in [149] {
        try expectEqual(
          problem(length, heads: 12, kvHeads: 12, window: window), division, ranks: ranks)
      }
    }
  }

  @Test("ALiBi, also with a window", arguments: Division.all, [2, 3, 4, 8])
  func slopes(_ division: Division, ranks: Int) throws {
    for window in [nil, 40] as [Int?] {
      try expectEqual(
        problem(
          149, heads: 24, kvHeads: 24, headDim: 8, batch: 2, window: window, slopes: true),
        division, ranks: ranks)
    }
  }

  @Test("no causal mask", arguments: Division.all)
  func bidirectional(_ division: Division) throws {
    for (window, slopes) in [(nil, false), (30, true)] as [(Int?, Bool)]
    where division.layout != .striped || !slopes {
      try expectEqual(
        problem(77, window: window, slopes: slopes, causal: false), division, ranks: 4)
    }
  }

  /// Scores of ±10⁴: an exponential that is not of a difference overflows, or all weights are 0.
  @Test("scores far beyond the range of exp", arguments: Division.all)
  func largeScores(_ division: Division) throws {
    let test = WholeAndSpread(problem(97), scale: 60)
    let whole = try test.whole()
    let spread = try test.spread(division.technique, division.layout, ranks: 4).result
    let output = difference(spread.output, whole.output, Tolerance(relative: 1e-5))
    #expect(output.isWithin, "\(division.testDescription): \(output)")
    #expect(spread.gradient.allSatisfy { $0.isFinite })
  }

  @Test("one rank is one process, bit for bit", arguments: Division.all)
  func oneRank(_ division: Division) throws {
    let test = WholeAndSpread(problem(100, heads: 4, kvHeads: 2))
    let (whole, spread) = (
      try test.whole(), try test.spread(division.technique, division.layout, ranks: 1)
    )
    #expect(spread.sent == [0])
    if division.layout != .zigzag { #expect(spread.result.output == whole.output) }
  }

  @Test("overlap changes no bit", arguments: SequenceLayout.allCases)
  func overlap(_ layout: SequenceLayout) throws {
    let test = WholeAndSpread(problem(149))
    let (with, without) = (
      try test.spread(.ring, layout, ranks: 3),
      try test.spread(.ring, layout, ranks: 3, overlaps: false)
    )
    #expect(with.result.output == without.result.output)
    #expect(with.result.gradient == without.result.gradient)
    #expect(with.sent == without.sent)
  }

  /// The table in the documentation of `SpreadTraffic`, for equal shares.
  @Test("the formulas of equal shares", arguments: [2, 4])
  func equalShares(ranks: Int) {
    let (n, h, g, d) = (1024, 8, 4, 16)
    for rank in 0..<ranks {
      let share = SequenceShare(.contiguous, rank: rank, of: ranks, length: n)
      let problem = problem(n, heads: h, kvHeads: g)
      let ring = 4 * 2 * (ranks - 1) * n / ranks * g * d
      for technique in [SpreadTechnique.ring, .allGather] {
        let traffic = SpreadTraffic(technique, share, problem)
        #expect(traffic.forwardBytes == ring && traffic.backwardBytes == 2 * ring)
      }
      let traffic = SpreadTraffic(.ulysses, share, problem)
      let ulysses = 4 * (ranks - 1) * n * (2 * h + 2 * g) * d / (ranks * ranks)
      #expect(traffic.forwardBytes == ulysses && traffic.backwardBytes == ulysses)
    }
  }
}
