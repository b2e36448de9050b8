import TensorCore

// Which keys a tile of queries reads, and which queries a tile of keys: what the kernels walk along.
//
// A tile is a row of the plan; its runs are the intervals that it reads. Without a block list each
// has one run. With one, a tile never reaches over the edge of a block, blocks that lie next to each
// other and are whole are joined, and a block that a pattern cuts is a run of its own, with the
// number of its mask. So the plan has a few numbers a tile, or a few a kept block, and never more.

/// Tiles and runs of one problem, on the device.
struct AttentionPlan {
  let problem: AttentionProblem
  let axis: PlanAxis
  /// Rows of a tile.
  let size: Int
  let tileCount: Int
  /// First row, rows, first run, runs.
  let tiles: DeviceList
  /// First column, end, number of a mask or −1, nothing.
  let runs: DeviceList
  /// Masks of cut blocks, a word for each query of a block.
  let masks: DeviceList?
  let slopes: DeviceList?
}

enum PlanAxis {
  /// Tiles of queries read keys.
  case queries
  /// Tiles of keys read queries.
  case keys
}

/// A problem's mask as intervals, on the host.
struct MaskIntervals {
  let problem: AttentionProblem
  /// Key j of query i is seen where `i + before ≤ j < i + after`, within the keys.
  let before: Int
  let after: Int
  /// The position of query 0.
  var shift: Int { problem.keyLength - problem.queryLength }

  struct Run {
    var range: Range<Int>
    var cut: Int32
  }

  init(_ problem: AttentionProblem) {
    self.problem = problem
    let (shift, far) = (
      problem.keyLength - problem.queryLength, problem.keyLength + problem.queryLength
    )
    before = problem.window.map { shift - min($0, far) + 1 } ?? -far
    after = problem.isCausal ? shift + 1 : problem.window.map { shift + min($0, far) } ?? far
  }

  /// The keys that any of these queries sees, blocks aside.
  func keys(of queries: Range<Int>) -> Range<Int> {
    let upper = max(0, min(problem.keyLength, queries.upperBound - 1 + after))
    return min(upper, max(0, queries.lowerBound + before))..<upper
  }

  /// The queries that see any of these keys, blocks aside.
  func queries(of keys: Range<Int>) -> Range<Int> {
    let upper = max(0, min(problem.queryLength, keys.upperBound - before))
    return min(upper, max(0, keys.lowerBound - after + 1))..<upper
  }

  /// Tiles of at most `size` rows, none over the edge of a block.
  func tiles(_ axis: PlanAxis, size: Int) -> [Range<Int>] {
    let length = axis == .queries ? problem.queryLength : problem.keyLength
    var edges = [0]
    if let edge = problem.blocks?.blockSize {
      // Query 0 stands at the position of the shift; the first edge comes after it.
      let offset = axis == .queries ? (shift % edge + edge) % edge : 0
      edges += stride(from: edge - offset, to: length, by: edge)
    }
    return zip(edges, edges.dropFirst() + [length]).flatMap { first, end in
      stride(from: first, to: end, by: size).map { $0..<min(end, $0 + size) }
    }
  }

  /// What each tile reads, ascending.
  /// - Complexity: O(tiles + kept blocks · tiles of a block).
  func runs(_ axis: PlanAxis, of tiles: [Range<Int>]) -> [[Run]] {
    guard let blocks = problem.blocks else {
      return tiles.map { tile in
        let seen = axis == .queries ? keys(of: tile) : queries(of: tile)
        return seen.isEmpty ? [] : [Run(range: seen, cut: -1)]
      }
    }
    return axis == .queries
      ? tiles.map { keyRuns(of: $0, blocks) } : queryRuns(of: tiles, blocks)
  }

  private func keyRuns(of tile: Range<Int>, _ blocks: BlockList) -> [Run] {
    let position = tile.lowerBound + shift
    let row = position / blocks.blockSize
    guard position >= 0, row < blocks.keptKeyBlocks.count else { return [] }
    let seen = keys(of: tile)
    var runs: [Run] = []
    for (place, block) in blocks.keptKeyBlocks[row].enumerated() {
      let whole = block * blocks.blockSize..<(block + 1) * blocks.blockSize
      add(whole.clamped(to: seen), cut(blocks, row, place), to: &runs)
    }
    return runs
  }

  private func queryRuns(of tiles: [Range<Int>], _ blocks: BlockList) -> [[Run]] {
    // The list the other way round: for each block of keys, the rows that keep it.
    let size = blocks.blockSize
    var rows = [[(row: Int, cut: Int32)]](
      repeating: [], count: (problem.keyLength - 1) / size + 1)
    for (row, kept) in blocks.keptKeyBlocks.enumerated() {
      for (place, block) in kept.enumerated() where rows.indices.contains(block) {
        rows[block].append((row, cut(blocks, row, place)))
      }
    }
    return tiles.map { tile in
      let seen = queries(of: tile)
      var runs: [Run] = []
      for (row, cut) in rows[tile.lowerBound / size] {
        let whole = row * size - shift..<(row + 1) * size - shift
        add(whole.clamped(to: seen), cut, to: &runs)
      }
      return runs
    }
  }

  private func cut(_ blocks: BlockList, _ row: Int, _ place: Int) -> Int32 {
    blocks.cuts?.numbers[row][place] ?? -1
  }

  /// Joins neighbors that are whole.
  private func add(_ range: Range<Int>, _ cut: Int32, to runs: inout [Run]) {
    if range.isEmpty { return }
    if cut < 0, let last = runs.last, last.cut < 0, last.range.upperBound == range.lowerBound {
      runs[runs.count - 1].range = last.range.lowerBound..<range.upperBound
    } else {
      runs.append(Run(range: range, cut: cut))
    }
  }
}

extension OpenCLBackend {
  /// The plan of a problem, kept for the next call: every layer of a model asks for the same ones.
  func plan(_ problem: AttentionProblem, _ axis: PlanAxis, size: Int) -> AttentionPlan {
    if let known = recentPlans.first(where: {
      $0.axis == axis && $0.size == size && $0.problem == problem
    }) {
      return known
    }
    let mask = MaskIntervals(problem)
    let tiles = mask.tiles(axis, size: size)
    let runs = mask.runs(axis, of: tiles)
    var firstRun: Int32 = 0
    let rows = zip(tiles, runs).map { tile, runs -> SIMD4<Int32> in
      defer { firstRun += Int32(runs.count) }
      return SIMD4(Int32(tile.lowerBound), Int32(tile.count), firstRun, Int32(runs.count))
    }
    let flat = runs.joined().map {
      SIMD4<Int32>(Int32($0.range.lowerBound), Int32($0.range.upperBound), $0.cut, 0)
    }
    let made = AttentionPlan(
      problem: problem, axis: axis, size: size, tileCount: tiles.count, tiles: list(rows),
      runs: list(flat), masks: problem.blocks?.cuts.map { list($0.rows) },
      slopes: problem.slopes.map { list($0) })
    recentPlans = Array(recentPlans.suffix(Self.keptPlanCount - 1)) + [made]
    return made
  }

  private static let keptPlanCount = 8
}
