import TensorCore
import Testing

/// Every interval of the mask's geometry, compared with `AttentionProblem.sees`, pair by pair.
@Suite("The mask's geometry equals its definition")
struct MaskGeometryTests {
  static let lengths = [(1, 1), (6, 6), (3, 8), (8, 3), (20, 20), (7, 40), (40, 7), (33, 50)]

  /// Block lists that fit these lengths; the second list of a size has cut blocks.
  private static func lists(_ queries: Int, _ keys: Int) -> [BlockList?] {
    var generator = SeededGenerator(seed: 5)
    func kept(_ size: Int) -> [[Int]] {
      // One row less than there are queries: the last row keeps nothing.
      (0..<max(1, (max(queries, keys) - 1) / size)).map { _ in
        (0...(keys - 1) / size).filter { _ in generator.uniform() < 0.6 }
      }
    }
    let cutBlocks = kept(16)
    let masks = (0..<3).map { _ in (0..<16).map { _ in generator.next() & 0xFFFF } }
    let cuts = BlockCuts(
      blockSize: 16,
      maskIndices: cutBlocks.map { $0.map { _ in Int32(generator.integer(below: 4)) - 1 } },
      masks: masks)
    return [nil, BlockList(blockSize: 3, keptKeyBlocks: kept(3))]
      + [
        BlockList(blockSize: 16, keptKeyBlocks: kept(16)),
        BlockList(blockSize: 16, keptKeyBlocks: cutBlocks, cuts: cuts),
      ]
  }

  /// Queries at the end of the keys, and before, among and after them.
  private static func problems(_ queries: Int, _ keys: Int) -> [AttentionProblem] {
    let aligned = [true, false].flatMap { isCausal in
      [nil, 1, 2, 5, 100].flatMap { window in
        lists(queries, keys).map { list in
          AttentionProblem(
            batchCount: 1, queryLength: queries, keyLength: keys, headCount: 1, headDim: 8,
            isCausal: isCausal, window: window, blocks: list)
        }
      }
    }
    return aligned
      + [-queries - 7, -queries / 2, 1, keys + 3].flatMap { first in
        aligned.filter { $0.window != 5 }.map { problem in
          var shifted = problem
          shifted.firstQueryPosition = first
          return shifted
        }
      }
  }

  /// The problem with no cuts, and with no block list at all.
  private static func whole(_ problem: AttentionProblem) -> AttentionProblem {
    var whole = problem
    whole.blocks = problem.blocks?.whole
    return whole
  }
  private static func withoutBlocks(_ problem: AttentionProblem) -> AttentionProblem {
    var bare = problem
    bare.blocks = nil
    return bare
  }

  @Test("causality and window", arguments: lengths)
  func visibleRanges(queries: Int, keys: Int) {
    for problem in Self.problems(queries, keys) {
      let (geometry, bare) = (MaskGeometry(problem), Self.withoutBlocks(problem))
      for first in 0..<queries {
        #expect(
          Array(geometry.visibleKeys(of: first))
            == (0..<keys).filter { bare.sees(query: first, key: $0) }, "\(problem), \(first)")
        for end in first + 1...queries {
          let group = first..<end
          #expect(
            Array(geometry.visibleKeys(of: group))
              == (0..<keys).filter { key in group.contains { bare.sees(query: $0, key: key) } },
            "\(problem), \(group)")
          #expect(
            Array(geometry.keysVisibleToAll(group))
              == (0..<keys).filter { key in group.allSatisfy { bare.sees(query: $0, key: key) } },
            "\(problem), \(group)")
        }
      }
      for first in 0..<keys {
        let group = first..<min(keys, first + 3)
        #expect(
          Array(geometry.visibleQueries(of: group))
            == (0..<queries).filter { query in group.contains { bare.sees(query: query, key: $0) } },
          "\(problem), keys \(group)")
      }
    }
  }

  @Test("tiles cover each axis and stay inside a block", arguments: lengths)
  func tiles(queries: Int, keys: Int) {
    for problem in Self.problems(queries, keys) {
      let geometry = MaskGeometry(problem)
      for size in [1, 2, 5, 16, 64] {
        let (rows, columns) = (
          geometry.tiles(.queries, size: size), geometry.tiles(.keys, size: size)
        )
        #expect(rows.flatMap { Array($0) } == Array(0..<queries), "\(problem), \(size)")
        #expect(columns.flatMap { Array($0) } == Array(0..<keys), "\(problem), \(size)")
        #expect((rows + columns).allSatisfy { $0.count <= size && !$0.isEmpty })
        guard let block = problem.blocks?.blockSize else { continue }
        func blockOf(_ place: Int) -> Int { (place + 10 * block * queries) / block }
        let positions = rows.map { $0.lowerBound + problem.shift..<$0.upperBound + problem.shift }
        #expect(
          (positions + columns).allSatisfy {
            blockOf($0.lowerBound) == blockOf($0.upperBound - 1)
          }, "\(problem), \(size)")
      }
    }
  }

  @Test("runs of both axes hold what a tile reads, in order", arguments: lengths)
  func runs(queries: Int, keys: Int) {
    for problem in Self.problems(queries, keys) {
      let (geometry, whole) = (MaskGeometry(problem), Self.whole(problem))
      for size in [1, 4, 64] {
        let rows = geometry.tiles(.queries, size: size)
        for (tile, found) in zip(rows, geometry.runs(.queries, of: rows)) {
          let expected = (0..<keys).filter { key in
            tile.contains { whole.sees(query: $0, key: key) }
          }
          #expect(found.flatMap { Array($0.range) } == expected, "\(problem), queries \(tile)")
          let joined = geometry.keyRuns(of: tile)
          #expect(joined.flatMap { Array($0.range) } == expected, "\(problem), queries \(tile)")
          #expect(joined.allSatisfy { $0.mask == nil } && !hasSeam(joined))
          expectExact(problem, found, tile, isQueries: true)
        }
        let columns = geometry.tiles(.keys, size: size)
        for (tile, found) in zip(columns, geometry.runs(.keys, of: columns)) {
          let expected = (0..<queries).filter { query in
            tile.contains { whole.sees(query: query, key: $0) }
          }
          #expect(found.flatMap { Array($0.range) } == expected, "\(problem), keys \(tile)")
          expectExact(problem, found, tile, isQueries: false)
        }
      }
    }
  }

  /// Whether two whole runs touch: they should be one.
  private func hasSeam(_ runs: [MaskGeometry.Run]) -> Bool {
    zip(runs, runs.dropFirst()).contains {
      $0.mask == nil && $1.mask == nil && $0.range.upperBound == $1.range.lowerBound
    }
  }

  /// The pairs of a tile by its runs, with visible ranges and masks, against the definition.
  private func expectExact(
    _ problem: AttentionProblem, _ runs: [MaskGeometry.Run], _ tile: Range<Int>, isQueries: Bool
  ) {
    #expect(!hasSeam(runs))
    let geometry = MaskGeometry(problem)
    for run in runs {
      for row in tile {
        for column in run.range {
          let (query, key) = isQueries ? (row, column) : (column, row)
          let bit =
            run.mask.map {
              geometry.bits(ofQuery: query, from: key, mask: $0) & 1 == 1
            } ?? true
          #expect(
            (geometry.visibleKeys(of: query).contains(key) && bit)
              == problem.sees(query: query, key: key), "\(problem), query \(query), key \(key)")
        }
      }
    }
  }

  @Test("cut blocks, by query and by key", arguments: lengths)
  func cuts(queries: Int, keys: Int) {
    for problem in Self.problems(queries, keys) {
      let geometry = MaskGeometry(problem)
      for tile in geometry.tiles(.queries, size: 16) {
        for first in stride(from: 0, to: keys, by: 5) {
          let range = first..<min(keys, first + 21)
          let cuts = geometry.cuts(of: tile, in: range)
          for key in range {
            let cut = cuts.first { $0.keys.contains(key) }
            let bits = cut.map { geometry.bits(ofKey: key, for: tile, $0) } ?? .max
            for (lane, query) in tile.enumerated()
            where Self.whole(problem).sees(query: query, key: key) {
              #expect(
                (bits >> UInt32(lane) & 1 == 1) == problem.sees(query: query, key: key),
                "\(problem), query \(query), key \(key)")
            }
          }
        }
      }
    }
  }

  @Test("counts of pairs and of tiles", arguments: lengths)
  func counts(queries: Int, keys: Int) {
    for problem in Self.problems(queries, keys) {
      let whole = Self.whole(problem)
      let pairs = (0..<queries).flatMap { query in
        (0..<keys).filter { whole.sees(query: query, key: $0) }.map { [query, $0] }
      }
      #expect(problem.pairCount == pairs.count, "\(problem)")
      #expect(problem.tileCount == Set(pairs.map { [$0[0] / 16, $0[1] / 16] }).count, "\(problem)")
    }
  }
}
