import TensorCore

// Decoding with heads that share keys and values: up to eight queries in the lanes of one register, as
// the forward kernel has 16 in two. An element of a key is broadcast once for all of them, so eight
// heads cost hardly more than one.

/// The state of up to eight queries (online softmax) while blocks of keys are processed.
struct DecodePanel {
  /// Queries of a panel.
  static let width = 8

  let headDim: Int
  /// `[headDim, 8]`: queries, times the scale and log₂ e.
  private let queries: UnsafeMutablePointer<Float>
  /// `[headDim, 8]`: the output before division.
  private let output: UnsafeMutablePointer<Float>
  /// The largest score so far and the sum so far, eight of each.
  private let maxima: UnsafeMutablePointer<Float>
  private var sums: UnsafeMutablePointer<Float> { maxima + Self.width }

  static func floatCount(headDim: Int) -> Int { (2 * headDim + 2) * width }

  init(_ base: UnsafeMutablePointer<Float>, headDim: Int) {
    self.headDim = headDim
    queries = base
    output = base + headDim * Self.width
    maxima = base + 2 * headDim * Self.width
  }

  /// Starts with `rows` of queries; lanes without one become 0.
  func start(rows: [UnsafePointer<Float>], scale: Float) {
    for d in 0..<headDim {
      for lane in 0..<Self.width {
        queries[d * Self.width + lane] = lane < rows.count ? rows[lane][d] * scale : 0
      }
    }
    output.update(repeating: 0, count: headDim * Self.width)
    maxima.update(repeating: -.infinity, count: Self.width)
    sums.update(repeating: 0, count: Self.width)
  }

  /// Writes the output before division, the maximum and the sum of one query.
  func finish(lane: Int, into partial: UnsafeMutablePointer<Float>) {
    for d in 0..<headDim { partial[d] = output[d * Self.width + lane] }
    (partial[headDim], partial[headDim + 1]) = (maxima[lane], sums[lane])
  }

  /// `Sᵀ = K · Qᵀ` for `count` keys, into `scores` `[count, 8]`.
  func score(
    keys: UnsafePointer<Float>, stride: Int, count: Int,
    into scores: UnsafeMutablePointer<Float>
  ) {
    var row = 0
    @inline(__always) func run<Tile: LaneTile>(_: Tile.Type) {
      while row + Tile.rowCount <= count {
        var tile = Tile()
        tile.add(
          depth: headDim, keys + row * stride, rowStride: stride, depthStride: 1, queries)
        tile.store(scores + row * Self.width)
        row += Tile.rowCount
      }
    }
    run(LaneTile12.self)
    run(LaneTile4.self)
    run(LaneTile1.self)
  }

  /// Scores to weights, `2^(s − m)` with the new maxima, and `Oᵀ = Oᵀ · factor + Vᵀ · Pᵀ`.
  func add(
    scores: UnsafeMutablePointer<Float>, values: UnsafePointer<Float>, stride: Int, count: Int
  ) {
    var largest = Float8(repeating: -.infinity)
    for row in 0..<count { largest = maximum(largest, load8(scores + row * Self.width)) }
    let old = load8(maxima)
    let new = maximum(old, largest)
    store8(new, to: maxima)
    // A lane that has seen no key yet has −∞ here, and −∞ − (−∞) is NaN: subtract 0 instead.
    let base = new.replacing(with: 0, where: new .== Float8(repeating: -.infinity))
    let factor = vexp2(old - base)
    var sum = load8(sums) * factor
    for row in 0..<count {
      let weight = vexp2(load8(scores + row * Self.width) - base)
      store8(weight, to: scores + row * Self.width)
      sum += weight
    }
    store8(sum, to: sums)
    var d = 0
    @inline(__always) func run<Tile: LaneTile>(_: Tile.Type) {
      while d + Tile.rowCount <= headDim {
        var tile = Tile(output + d * Self.width, scale: factor)
        tile.add(depth: count, values + d, rowStride: 1, depthStride: stride, scores)
        tile.store(output + d * Self.width)
        d += Tile.rowCount
      }
    }
    run(LaneTile12.self)
    run(LaneTile4.self)
    run(LaneTile1.self)
  }
}

/// Rows × 8 columns of a product, in registers; see `RegisterTile`, which has 16 columns.
private protocol LaneTile {
  static var rowCount: Int { get }
  init()
  /// The tile at `c`, each column times its `scale`.
  init(_ c: UnsafePointer<Float>, scale: Float8)
  /// Adds one column of A times one row of B.
  mutating func step(_ a: UnsafePointer<Float>, rowStride: Int, _ b: UnsafePointer<Float>)
  func store(_ c: UnsafeMutablePointer<Float>)
}

extension LaneTile {
  /// Adds A · B; element (row, k) of A is at `row · rowStride + k · depthStride`, B is `[depth, 8]`.
  @inline(__always)
  mutating func add(
    depth: Int, _ a: UnsafePointer<Float>, rowStride: Int, depthStride: Int,
    _ b: UnsafePointer<Float>
  ) {
    var (a, b) = (a, b)
    for _ in 0..<depth {
      step(a, rowStride: rowStride, b)
      a += depthStride
      b += DecodePanel.width
    }
  }
}

/// Twelve of AVX2's 16 registers hold the sums: enough to start two multiply-adds in each cycle.
private struct LaneTile12: LaneTile {
  var low = LaneTile4(), middle = LaneTile4(), high = LaneTile4()

  @inline(__always) static var rowCount: Int { 12 }

  @inline(__always) init() {}

  @inline(__always)
  init(_ c: UnsafePointer<Float>, scale: Float8) {
    low = LaneTile4(c, scale: scale)
    middle = LaneTile4(c + 4 * DecodePanel.width, scale: scale)
    high = LaneTile4(c + 8 * DecodePanel.width, scale: scale)
  }

  @inline(__always)
  mutating func step(_ a: UnsafePointer<Float>, rowStride: Int, _ b: UnsafePointer<Float>) {
    low.step(a, rowStride: rowStride, b)
    middle.step(a + 4 * rowStride, rowStride: rowStride, b)
    high.step(a + 8 * rowStride, rowStride: rowStride, b)
  }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<Float>) {
    low.store(c)
    middle.store(c + 4 * DecodePanel.width)
    high.store(c + 8 * DecodePanel.width)
  }
}

private struct LaneTile4: LaneTile {
  var a0 = Float8.zero, a1 = Float8.zero, a2 = Float8.zero, a3 = Float8.zero

  @inline(__always) static var rowCount: Int { 4 }

  @inline(__always) init() {}

  @inline(__always)
  init(_ c: UnsafePointer<Float>, scale: Float8) {
    (a0, a1) = (load8(c) * scale, load8(c + 8) * scale)
    (a2, a3) = (load8(c + 16) * scale, load8(c + 24) * scale)
  }

  @inline(__always)
  mutating func step(_ a: UnsafePointer<Float>, rowStride: Int, _ b: UnsafePointer<Float>) {
    let row = load8(b)
    a0.addProduct(Float8(repeating: a[0]), row)
    a1.addProduct(Float8(repeating: a[rowStride]), row)
    a2.addProduct(Float8(repeating: a[2 * rowStride]), row)
    a3.addProduct(Float8(repeating: a[3 * rowStride]), row)
  }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<Float>) {
    store8(a0, to: c)
    store8(a1, to: c + 8)
    store8(a2, to: c + 16)
    store8(a3, to: c + 24)
  }
}

private struct LaneTile1: LaneTile {
  var a0 = Float8.zero

  @inline(__always) static var rowCount: Int { 1 }

  @inline(__always) init() {}

  @inline(__always)
  init(_ c: UnsafePointer<Float>, scale: Float8) { a0 = load8(c) * scale }

  @inline(__always)
  mutating func step(_ a: UnsafePointer<Float>, rowStride: Int, _ b: UnsafePointer<Float>) {
    a0.addProduct(Float8(repeating: a[0]), load8(b))
  }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<Float>) { store8(a0, to: c) }
}
