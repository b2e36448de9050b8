import SequenceParallel
import TensorCore
import Testing

@Suite("Layouts of a sequence", .timeLimit(.minutes(30)))
struct SequenceLayoutTests {
  @Test("every position belongs to one rank", arguments: SequenceLayout.allCases, 1...9)
  func partition(_ layout: SequenceLayout, ranks: Int) {
    for length in layout.smallestLength(rankCount: ranks)...70 {
      let shares = SequenceShare.all(layout, of: ranks, length: length)
      #expect(shares.flatMap(\.positions).sorted() == Array(0..<length))
      #expect(shares.allSatisfy { $0.runs.allSatisfy { $0.count > 0 } })
      let counts = shares.map(\.count)
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= (layout == .zigzag ? 2 : 1))
    }
  }

  @Test("by hand: twelve positions of two ranks")
  func byHand() {
    let positions = { (layout: SequenceLayout) in
      SequenceShare.all(layout, of: 2, length: 12).map(\.positions)
    }
    #expect(positions(.contiguous) == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]])
    #expect(positions(.zigzag) == [[0, 1, 2, 9, 10, 11], [3, 4, 5, 6, 7, 8]])
    #expect(positions(.striped) == [[0, 2, 4, 6, 8, 10], [1, 3, 5, 7, 9, 11]])
  }

  @Test("rows go to their places and back", arguments: SequenceLayout.allCases)
  func rows(_ layout: SequenceLayout) {
    let values = Array(0..<2 * 23 * 3)
    var copy = [Int](repeating: -1, count: values.count)
    for share in SequenceShare.all(layout, of: 4, length: 23) {
      share.place(share.rows(of: values, batch: 2, width: 3), in: &copy, batch: 2, width: 3)
    }
    #expect(copy == values)
  }

  private func causal(_ length: Int, window: Int? = nil) -> AttentionProblem {
    AttentionProblem(
      batchCount: 1, queryLength: length, keyLength: length, headCount: 1, headDim: 8,
      window: window)
  }

  @Test("the rounds compute each pair once", arguments: SequenceLayout.allCases, 1...8)
  func pairCount(_ layout: SequenceLayout, ranks: Int) {
    for (length, window) in [(64, nil), (149, nil), (149, 1), (149, 20), (64, 100)]
      as [(Int, Int?)]
    {
      let whole = causal(length, window: window)
      let pairs = RingWork.pairs(layout, rankCount: ranks, of: whole)
      #expect(pairs.joined().reduce(0, +) == whole.pairCount, "\(length), \(window ?? 0)")
    }
  }

  /// Half blocks by rank: 1, 3, 5, 7 (the diagonal's half pairs count as half).
  @Test("contiguous: the last rank has the most work, P/(2P − 1) of the ideal", arguments: 2...8)
  func contiguousWork(ranks: Int) {
    let n = 64
    let pairs = RingWork.pairs(.contiguous, rankCount: ranks, of: causal(n * ranks))
    for rank in 0..<ranks {
      let sum = pairs.reduce(0) { $0 + $1[rank] }
      #expect(sum == n * (n + 1) / 2 + rank * n * n)
    }
    let predicted = Double(ranks) / Double(2 * ranks - 1)
    #expect(abs(RingWork.efficiency(pairs) - predicted) < 1 / Double(n))
  }

  @Test("zigzag: equal work in every round; striped: almost", arguments: 2...8)
  func evenWork(ranks: Int) {
    let n = 64
    let zigzag = RingWork.pairs(.zigzag, rankCount: ranks, of: causal(n * ranks))
    for round in zigzag { #expect(round.allSatisfy { $0 == round[0] }) }
    #expect(RingWork.efficiency(zigzag) == 1)
    let striped = RingWork.pairs(.striped, rankCount: ranks, of: causal(n * ranks))
    for round in striped { #expect((round.max() ?? 0) - (round.min() ?? 0) <= n) }
  }

  @Test("sentences of divisions that are not possible")
  func errors() {
    func sentence(
      _ technique: SpreadTechnique, _ layout: SequenceLayout, _ ranks: Int, _ length: Int
    ) -> String {
      do {
        try SpreadError.check(
          technique, layout, rankCount: ranks, length: length, heads: 8, kvHeads: 2)
      } catch { return "\(error)" }
      return ""
    }
    #expect(sentence(.ring, .zigzag, 4, 8) == "")
    #expect(
      sentence(.ring, .zigzag, 4, 7) == """
        7 tokens are too few for 4 ranks: with the layout 'zigzag' each needs 2. Use at least 8 \
        tokens, or fewer ranks.
        """)
    #expect(sentence(.allGather, .striped, 2, 8).contains("Use 'zigzag'"))
    #expect(sentence(.ulysses, .contiguous, 2, 8) == "")
    #expect(sentence(.ulysses, .contiguous, 4, 8).contains("Use 2 ranks, or the ring."))
    #expect(sentence(.ulysses, .contiguous, 3, 8).contains("3 ranks do not."))
  }
}
