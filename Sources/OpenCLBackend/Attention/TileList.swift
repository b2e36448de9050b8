import TensorCore

/// The tiles and runs of a problem's `MaskGeometry`, as lists on the device for the kernels to
/// iterate over.
///
/// - Complexity: memory: a few integers per tile, or per kept block if there is a block list.
struct TileList {
  let problem: AttentionProblem
  let axis: MaskGeometry.Axis
  /// Rows of a tile.
  let size: Int
  let tileCount: Int
  /// For each tile: first row, rows, first run, runs.
  let rows: DeviceList
  /// For each run: first column, end, index of a mask or −1, unused.
  let runs: DeviceList
  /// Masks of cut blocks, one word per query of a block.
  let masks: DeviceList?
  let slopes: DeviceList?
}

extension OpenCLBackend {
  /// The tile list of a problem. The last few are cached: every layer of a model needs the same
  /// ones.
  func tileList(_ problem: AttentionProblem, _ axis: MaskGeometry.Axis, size: Int) -> TileList {
    if let known = recentTileLists.first(where: {
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
    let created = TileList(
      problem: problem, axis: axis, size: size, tileCount: tiles.count, rows: list(rows),
      runs: list(flat), masks: problem.blocks?.cuts.map { list($0.rows) },
      slopes: problem.slopes.map { list($0) })
    recentTileLists = Array(recentTileLists.suffix(Self.keptListCount - 1)) + [created]
    return created
  }

  private static let keptListCount = 8
}
