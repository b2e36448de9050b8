import SmallTransformer
import SparseMasksLesson
import TensorCore
import Testing

/// A pattern, and its definition a second time as a condition on one pair.
struct DefinedPattern: Sendable, CustomStringConvertible {
  let pattern: any SparsePattern
  let isKept: @Sendable (_ query: Int, _ key: Int) -> Bool

  var description: String { pattern.name }

  static let all: [DefinedPattern] = [
    DefinedPattern(pattern: Causal()) { _, _ in true },
    DefinedPattern(pattern: SlidingWindow(1)) { $0 == $1 },
    DefinedPattern(pattern: SlidingWindow(37)) { $0 - $1 < 37 },
    DefinedPattern(pattern: DilatedWindow(5, dilation: 7)) { i, j in
      (i - j) % 7 == 0 && (i - j) / 7 < 5
    },
    DefinedPattern(pattern: Strided(1)) { _, _ in true },
    DefinedPattern(pattern: Strided(13)) { i, j in i - j <= 13 || (i - j) % 13 == 0 },
    DefinedPattern(pattern: Fixed(20, summary: 3)) { i, j in i / 20 == j / 20 || j % 20 >= 17 },
    DefinedPattern(pattern: GlobalTokens(window: 9, at: [0, 4, 50, 131])) { i, j in
      i - j < 9 || [0, 4, 50, 131].contains(i) || [0, 4, 50, 131].contains(j)
    },
    DefinedPattern(pattern: BlockWindow(3, blockSize: 16)) { i, j in i / 16 - j / 16 < 3 },
    DefinedPattern(pattern: SinksAndWindow(sinks: 4, window: 30)) { i, j in j < 4 || i - j < 30 },
    DefinedPattern(pattern: SinksAndWindow(sinks: 0, window: 3)) { i, j in i - j < 3 },
  ]

  /// All causal pairs of every block with at least one pair of another pattern, which is given by a
  /// condition on one pair.
  static let blockSparse: [DefinedPattern] = [
    blocks(of: Strided(50), 16) { i, j in i - j <= 50 || (i - j) % 50 == 0 },
    blocks(of: SlidingWindow(10), 64) { i, j in i - j < 10 },
    blocks(of: SinksAndWindow(sinks: 20, window: 3), 16) { i, j in j < 20 || i - j < 3 },
  ]

  private static func blocks(
    of pattern: any SparsePattern, _ size: Int, _ isKept: @escaping @Sendable (Int, Int) -> Bool
  ) -> DefinedPattern {
    DefinedPattern(pattern: BlockSparse(pattern, blockSize: size)) { query, key in
      let (row, column) = (query / size * size, key / size * size)
      return (row..<row + size).contains { i in
        (column..<column + size).contains { j in j <= i && isKept(i, j) }
      }
    }
  }

  static let random: [RandomBlocks] = [
    RandomBlocks(2, blockSize: 16, seed: 3), RandomBlocks(0, blockSize: 64, window: 1, seed: 3),
    RandomBlocks(1, blockSize: 24, window: 2, global: 2, seed: 9),
  ]

  static let patterns: [any SparsePattern] =
    all.map(\.pattern) + random + blockSparse.map(\.pattern)
}

@Suite("Patterns: membership, mask, blocks and counts agree")
struct PatternTests {
  static let lengths = [1, 2, 63, 64, 65, 200, 257]

  @Test(
    "each pair is kept exactly if the definition says so",
    arguments: DefinedPattern.all + DefinedPattern.blockSparse)
  func membership(defined: DefinedPattern) {
    for query in 0..<200 {
      for key in 0...query {
        #expect(
          defined.pattern.sees(query: query, key: key) == defined.isKept(query, key),
          "\(defined), query \(query), key \(key)")
      }
    }
  }

  @Test(
    "ranges ascend without touching, and end with the query",
    arguments: DefinedPattern.patterns.indices)
  func ranges(index: Int) {
    let pattern = DefinedPattern.patterns[index]
    for query in 0..<300 {
      let keys = pattern.keys(of: query)
      #expect(keys.allSatisfy { !$0.isEmpty && $0.lowerBound >= 0 })
      #expect(zip(keys, keys.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
      #expect(keys.last?.upperBound == query + 1, "\(pattern.name) at \(query)")
    }
  }

  @Test("the formula, the count and the picture agree", arguments: DefinedPattern.patterns.indices)
  func counts(index: Int) {
    let pattern = DefinedPattern.patterns[index]
    for length in Self.lengths {
      let pictured = pattern.picture(length: length).filter { $0 == 1 }.count
      #expect(pattern.countedPairs(length: length) == pictured, "\(pattern.name), \(length)")
      if !(pattern is BlockSparse) {
        #expect(pattern.pairCount(length: length) == pictured, "\(pattern.name), \(length)")
      }
    }
  }

  @Test(
    "a list of blocks keeps exactly the pattern's pairs, and no block without a pair",
    arguments: DefinedPattern.patterns.indices)
  func blocks(index: Int) throws {
    let pattern = DefinedPattern.patterns[index]
    for length in Self.lengths {
      for blockSize in [16, 64] {
        let list = pattern.blockList(length: length, blockSize: blockSize)
        let own = pattern.blocks(length: length)
        var touched = Set<[Int]>()
        for query in 0..<length {
          for key in 0...query {
            let isKept = pattern.sees(query: query, key: key)
            if isKept { touched.insert([query / blockSize, key / blockSize]) }
            #expect(list.keeps(query: query, key: key) == isKept, "\(pattern.name) \(query) \(key)")
            if let own { #expect(own.keeps(query: query, key: key) == isKept) }
          }
        }
        #expect(list.keptCount == touched.count, "\(pattern.name), length \(length)")
      }
    }
  }

  @Test(
    "a longer text changes nothing for earlier tokens",
    arguments: DefinedPattern.patterns.indices)
  func prefixes(index: Int) {
    let pattern = DefinedPattern.patterns[index]
    guard let short = pattern.blocks(length: 128), let long = pattern.blocks(length: 256) else {
      return
    }
    #expect(Array(long.keptKeyBlocks.prefix(short.keptKeyBlocks.count)) == short.keptKeyBlocks)
    for query in 0..<128 {
      for key in 0...query {
        #expect(short.keeps(query: query, key: key) == long.keeps(query: query, key: key))
      }
    }
  }

  @Test("equal cut blocks share one mask")
  func sharedMasks() throws {
    let cuts = try #require(Strided(40).blocks(length: 1024)?.cuts)
    // The mask depends only on the distance of the two blocks: at most one per distance.
    #expect(cuts.rows.count / cuts.blockSize <= 1024 / 64)
    #expect(BlockSparse(Strided(40), blockSize: 64).blocks(length: 1024)?.cuts == nil)
  }

  /// BigBird (Zaheer et al., 2020, section 2): a row of blocks keeps its window, the global blocks,
  /// and some others at random.
  @Test(
    "random blocks: window, global blocks and a number of others",
    arguments: [(2, 16, 3, 1), (0, 64, 1, 1), (1, 24, 2, 2), (3, 16, 1, 0)])
  func bigBird(random: Int, size: Int, window: Int, global: Int) {
    let pattern = RandomBlocks(random, blockSize: size, window: window, global: global, seed: 5)
    for row in 0..<12 {
      // The last query of a row sees all of the row's blocks in full.
      let last = (row + 1) * size - 1
      let kept = (0...row).filter { pattern.sees(query: last, key: $0 * size) }
      for query in row * size...last {
        for key in 0...query {
          #expect(pattern.sees(query: query, key: key) == kept.contains(key / size))
        }
      }
      let fixed = (0...row).filter { row - $0 < window || $0 < global }
      #expect(Set(fixed).isSubset(of: kept), "row \(row) keeps \(kept)")
      #expect(kept.count == min(row + 1, fixed.count + random), "row \(row) keeps \(kept)")
    }
  }

  @Test("every other block is drawn equally often")
  func drawnBlocks() {
    // Row 12 keeps block 0, its window 10, 11, 12, and two of the nine others.
    var counts = [Int](repeating: 0, count: 13)
    for seed in 0..<900 {
      let pattern = RandomBlocks(2, blockSize: 16, seed: UInt64(seed))
      for block in 0...12 where pattern.sees(query: 12 * 16, key: block * 16) { counts[block] += 1 }
    }
    for block in [0, 10, 11, 12] { #expect(counts[block] == 900) }
    // 200 expected; five standard deviations are 62.
    for block in 1...9 { #expect(abs(counts[block] - 200) < 62, "block \(block): \(counts)") }
  }

  @Test("random blocks depend on the seed only")
  func seeds() {
    let list = { (seed: UInt64) in RandomBlocks(2, blockSize: 16, seed: seed).blocks(length: 512) }
    #expect(list(1) == list(1))
    #expect(list(1) != list(2))
  }
}
