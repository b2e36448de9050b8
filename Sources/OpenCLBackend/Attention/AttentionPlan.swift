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
  let axis: MaskGeometry.Axis
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

extension OpenCLBackend {
  /// The plan of a problem, kept for the next call: every layer of a model asks for the same ones.
  func plan(_ problem: AttentionProblem, _ axis: MaskGeometry.Axis, size: Int) -> AttentionPlan {
    if let known = recentPlans.first(where: {
      $0.axis == axis && $0.size == size && $0.problem == problem
    }) {
      return known
    }
    let geometry = MaskGeometry(problem)
    let tiles = geometry.tiles(axis, size: size)
    let runs = geometry.runs(axis, of: tiles)
    var firstRun: Int32 = 0
    let rows = zip(tiles, runs).map { tile, runs -> SIMD4<Int32> in
      defer { firstRun += Int32(runs.count) }
      return SIMD4(Int32(tile.lowerBound), Int32(tile.count), firstRun, Int32(runs.count))
    }
    let flat = runs.joined().map {
      SIMD4(
        Int32($0.range.lowerBound), Int32($0.range.upperBound), Int32($0.mask ?? -1), Int32(0))
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
