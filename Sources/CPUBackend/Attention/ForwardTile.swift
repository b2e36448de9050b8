import Foundation
import TensorCore

// Tiled attention, forward: one panel of 16 queries against one tile of keys.
//
// Queries are in the lanes: scores are `Sᵀ = K · Qᵀ`, the output is `Oᵀ += Vᵀ · Pᵀ`. Both products
// broadcast the elements of keys and values, so these are read in place and never transposed. Row
// maximum and row sum are computed per lane, without horizontal operations, and the factor of the
// online softmax is a vector.
//
// Variants tried, 4 heads of 64, 4,096 tokens, no mask, in GFLOP/s of one thread whose multiply-add
// peak was 127 (PyTorch 2.13 on the same machine: 75):
// - queries in the rows, packed transposed keys, maximum and sum across each row: 60 to 66 % of
//   peak.
// - queries in the lanes, keys and values in place, tiles of 96 keys × 12 panels: 92.
// - tiles of 48 keys: 89. Everything fits the L1 cache, but the output is loaded and
//   stored twice as often.
// - tiles of 192 keys × 24 panels: 99, kept; keys and values come from the L3 cache half
//   as often.
// - head by head, instead of all heads of a block of queries: 100, kept.
// The register tile alone, all in the L1 cache, reaches 115. Eight exponentials take 6.5
// cycles, where their multiply-adds need 4.

/// log₂ e: scores are in powers of two.
let log2OfE: Float = 1.442_695

/// The state of one panel of queries (online softmax) while tiles of keys are processed.
struct ForwardPanel {
  /// `[headDim, 16]`: queries, times the scale and log₂ e.
  let queries: UnsafeMutablePointer<Float>
  /// `[headDim, 16]`: the output before division.
  let output: UnsafeMutablePointer<Float>
  /// 16 largest scores so far, then 16 sums so far.
  let maxima: UnsafeMutablePointer<Float>
  var sums: UnsafeMutablePointer<Float> { maxima + panelWidth }

  static func floatCount(headDim: Int) -> Int { 2 * headDim * panelWidth + 2 * panelWidth }

  init(_ base: UnsafeMutablePointer<Float>, headDim: Int) {
    queries = base
    output = base + headDim * panelWidth
    maxima = base + 2 * headDim * panelWidth
  }

  func start(rows: UnsafePointer<Float>, stride: Int, rowCount: Int, headDim: Int, scale: Float) {
    packPanel(
      rows: rows, stride: stride, rowCount: rowCount, width: headDim, scale: scale, into: queries)
    output.update(repeating: 0, count: headDim * panelWidth)
    maxima.update(repeating: -.infinity, count: panelWidth)
    sums.update(repeating: 0, count: panelWidth)
  }

  /// Divides by the sums, writes the rows and their log-sum-exp; a row that sees no key becomes 0
  /// and −∞.
  func finish(
    rows: UnsafeMutablePointer<Float>, stride: Int, logSumExp: UnsafeMutablePointer<Float>,
    rowCount: Int, headDim: Int
  ) {
    for row in 0..<rowCount {
      let sum = sums[row]
      logSumExp[row] = sum > 0 ? maxima[row] / log2OfE + logf(sum) : -.infinity
      sums[row] = sum > 0 ? 1 / sum : 0
    }
    unpackPanel(
      output, factors: sums, width: headDim, rowCount: rowCount, rows: rows, stride: stride)
  }
}

/// The largest score of each of the 16 queries over the first `count` keys of a panel.
@inline(__always)
func panelMaxima(_ scores: UnsafePointer<Float>, count: Int) -> (Float8, Float8) {
  var largest = (Float8(repeating: -.infinity), Float8(repeating: -.infinity))
  for row in 0..<count {
    let at = scores + row * panelWidth
    largest = (maximum(largest.0, load8(at)), maximum(largest.1, load8(at + 8)))
  }
  return largest
}

/// The mask and the bias of one panel.
struct ScoreMask {
  /// The panel's queries.
  let queries: Range<Int>
  let geometry: MaskGeometry
  /// ALiBi slope times log₂ e; 0 for none.
  let slope: Float

  /// Masks the pairs that the pattern cuts, in the rows `keys` of the scores; returns whether there
  /// are cut blocks.
  func maskCuts(_ scores: UnsafeMutablePointer<Float>, keys: Range<Int>) -> Bool {
    let cuts = geometry.cuts(of: queries, in: keys)
    for cut in cuts {
      for key in cut.keys {
        let bits = geometry.bits(ofKey: key, for: queries, cut)
        let at = scores + (key - keys.lowerBound) * panelWidth
        store8(load8(at).replacing(with: -.infinity, where: clearBits(bits)), to: at)
        store8(load8(at + 8).replacing(with: -.infinity, where: clearBits(bits >> 8)), to: at + 8)
      }
    }
    return !cuts.isEmpty
  }

  /// Biases the rows `keys` of the scores, masks the keys that a query does not see, and returns
  /// the maxima.
  func cut(
    _ scores: UnsafeMutablePointer<Float>, keys: Range<Int>
  ) -> (Float8, Float8) {
    if slope != 0 { _ = addBias(scores, keys: keys) }
    var largest = (Float8(repeating: -.infinity), Float8(repeating: -.infinity))
    for half in 0..<2 {
      var (lower, upper) = (Float8.zero, Float8.zero)
      for lane in 0..<8 {
        let query = queries.lowerBound + half * 8 + lane
        let visible = geometry.visibleKeys(of: min(query, queries.upperBound - 1))
        lower[lane] = Float(visible.lowerBound - keys.lowerBound)
        upper[lane] = Float(visible.upperBound - keys.lowerBound)
      }
      var most = Float8(repeating: -.infinity)
      for row in 0..<keys.count {
        let (at, j) = (scores + row * panelWidth + half * 8, Float8(repeating: Float(row)))
        let score = load8(at).replacing(with: -.infinity, where: (j .< lower) .| (j .>= upper))
        store8(score, to: at)
        most = maximum(most, score)
      }
      if half == 0 { largest.0 = most } else { largest.1 = most }
    }
    return largest
  }

  /// Subtracts `slope · |position − j|` from the scores of all queries, and returns the maxima.
  ///
  /// Distances count down from the first key's. They are integers and stay exact; the difference of
  /// `slope · j` and `slope · position` would lose digits at long lengths.
  func addBias(
    _ scores: UnsafeMutablePointer<Float>, keys: Range<Int>
  ) -> (Float8, Float8) {
    let first = queries.lowerBound + geometry.shift - keys.lowerBound
    var distance = Float8(0, 1, 2, 3, 4, 5, 6, 7) + Float(first)
    let factor = Float8(repeating: -slope)
    var largest = (Float8(repeating: -.infinity), Float8(repeating: -.infinity))
    var at = scores
    for _ in keys {
      let left = load8(at).addingProduct(magnitude(distance), factor)
      let right = load8(at + 8).addingProduct(magnitude(distance + 8), factor)
      store8(left, to: at)
      store8(right, to: at + 8)
      largest = (maximum(largest.0, left), maximum(largest.1, right))
      distance -= 1
      at += panelWidth
    }
    return largest
  }
}

/// `Sᵀ = K · Qᵀ` for `count` rows of keys; returns the largest score of each lane.
@inline(__always)
func scoreTile(
  keys: UnsafePointer<Float>, stride: Int, count: Int, headDim: Int,
  queries: UnsafePointer<Float>, into scores: UnsafeMutablePointer<Float>
) -> (Float8, Float8) {
  var largest = (Float8(repeating: -.infinity), Float8(repeating: -.infinity))
  let split = splitRows(count)
  var row = 0
  @inline(__always) func run<Tile: RegisterTile>(_: Tile.Type, times: Int) {
    for _ in 0..<times {
      var tile = Tile()
      tile.add(
        depth: headDim, keys + row * stride, rowStride: stride, depthStride: 1, queries,
        stride: panelWidth)
      tile.store(scores + row * panelWidth, stride: panelWidth)
      largest = tile.columnMaxima(largest)
      row += Tile.rowCount
    }
  }
  run(Tile6.self, times: split.sixes)
  run(Tile4.self, times: split.fours)
  run(Tile1.self, times: split.ones)
  return largest
}

/// Scores to weights, in place: `2^(s − m)` with the new maxima. Updates maxima and sums, and
/// returns the factor for the output so far.
@inline(__always)
func weightTile(
  _ scores: UnsafeMutablePointer<Float>, count: Int, largest: (Float8, Float8),
  _ panel: ForwardPanel
) -> (Float8, Float8) {
  let old = (load8(panel.maxima), load8(panel.maxima + 8))
  let new = (maximum(old.0, largest.0), maximum(old.1, largest.1))
  store8(new.0, to: panel.maxima)
  store8(new.1, to: panel.maxima + 8)
  // A lane that has seen no key yet has −∞ here, and −∞ − (−∞) is NaN: subtract 0 instead.
  let none = Float8(repeating: -.infinity)
  let base = (
    new.0.replacing(with: 0, where: new.0 .== none), new.1.replacing(with: 0, where: new.1 .== none)
  )
  let factor = (vexp2(old.0 - base.0), vexp2(old.1 - base.1))
  var sum = (load8(panel.sums) * factor.0, load8(panel.sums + 8) * factor.1)
  var at = scores
  for _ in 0..<count {
    let weight = (vexp2(load8(at) - base.0), vexp2(load8(at + 8) - base.1))
    store8(weight.0, to: at)
    store8(weight.1, to: at + 8)
    sum = (sum.0 + weight.0, sum.1 + weight.1)
    at += panelWidth
  }
  store8(sum.0, to: panel.sums)
  store8(sum.1, to: panel.sums + 8)
  return factor
}

/// `Oᵀ = Oᵀ · factor + Vᵀ · Pᵀ`.
@inline(__always)
func addValues(
  _ values: UnsafePointer<Float>, stride: Int, count: Int, headDim: Int,
  weights: UnsafePointer<Float>, factor: (Float8, Float8), into output: UnsafeMutablePointer<Float>
) {
  let split = splitRows(headDim)
  var d = 0
  @inline(__always) func run<Tile: RegisterTile>(_: Tile.Type, times: Int) {
    for _ in 0..<times {
      var tile = Tile(output + d * panelWidth, stride: panelWidth, scale: factor)
      tile.add(
        depth: count, values + d, rowStride: 1, depthStride: stride, weights, stride: panelWidth)
      tile.store(output + d * panelWidth, stride: panelWidth)
      d += Tile.rowCount
    }
  }
  run(Tile6.self, times: split.sixes)
  run(Tile4.self, times: split.fours)
  run(Tile1.self, times: split.ones)
}
