// Matrix products in register tiles, for attention and for `Products/`: a few rows × 16 columns of the
// result stay in registers while the loop runs over the depth.
//
// Every such product is `C[rows, 16] += A[rows, depth] · B[depth, 16]` with B contiguous along its 16
// columns. A is
// broadcast one element at a time, so it may be stored by rows or by columns and is never
// transposed.
//
// AVX2 has 16 registers. 6 × 16 takes 12 for C, 2 for a row of B and 1 for the broadcast. Each step
// of depth does 12 multiply-adds and 8 loads; the processor starts two of each per cycle. The tile
// runs at 91 % of the multiply-add peak from the L1 cache, in C with intrinsics as well as
// here. Tried and dropped: 4 × 24, fewer loads but all 16 registers, spills (57 %; 89 % from C);
// four steps of depth at a time, no gain in the forward pass and 15 % lost in the backward pass.
//
// The three tiles repeat each other: each register is a stored property, and Swift has no loop over
// properties.

/// Rows × 16 columns of a product, in registers.
protocol RegisterTile {
  static var rowCount: Int { get }
  /// A tile of zeros.
  init()
  /// The tile at `c`, each row times `scale`.
  init(_ c: UnsafePointer<Float>, stride: Int, scale: (Float8, Float8))
  /// Adds the tile at `c`.
  mutating func add(_ c: UnsafePointer<Float>, stride: Int)
  /// Adds one column of A times one row of B.
  mutating func step(_ a: UnsafePointer<Float>, rowStride: Int, _ b: UnsafePointer<Float>)
  func store(_ c: UnsafeMutablePointer<Float>, stride: Int)
  /// The largest of each column and `seed`.
  func columnMaxima(_ seed: (Float8, Float8)) -> (Float8, Float8)
}

extension RegisterTile {
  /// Adds A · B; element (row, k) of A is at `row · rowStride + k · depthStride`.
  @inline(__always)
  mutating func add(
    depth: Int, _ a: UnsafePointer<Float>, rowStride: Int, depthStride: Int,
    _ b: UnsafePointer<Float>, stride: Int
  ) {
    var (a, b) = (a, b)
    for _ in 0..<depth {
      step(a, rowStride: rowStride, b)
      a += depthStride
      b += stride
    }
  }
}

struct Tile6: RegisterTile {
  var a0 = Float8.zero, a1 = Float8.zero, b0 = Float8.zero, b1 = Float8.zero
  var c0 = Float8.zero, c1 = Float8.zero, d0 = Float8.zero, d1 = Float8.zero
  var e0 = Float8.zero, e1 = Float8.zero, f0 = Float8.zero, f1 = Float8.zero

  @inline(__always) static var rowCount: Int { 6 }

  @inline(__always) init() {}

  @inline(__always)
  mutating func add(_ c: UnsafePointer<Float>, stride: Int) {
    a0 += load8(c)
    a1 += load8(c + 8)
    b0 += load8(c + stride)
    b1 += load8(c + stride + 8)
    c0 += load8(c + 2 * stride)
    c1 += load8(c + 2 * stride + 8)
    d0 += load8(c + 3 * stride)
    d1 += load8(c + 3 * stride + 8)
    e0 += load8(c + 4 * stride)
    e1 += load8(c + 4 * stride + 8)
    f0 += load8(c + 5 * stride)
    f1 += load8(c + 5 * stride + 8)
  }

  @inline(__always)
  init(_ c: UnsafePointer<Float>, stride: Int, scale: (Float8, Float8)) {
    (a0, a1) = (load8(c) * scale.0, load8(c + 8) * scale.1)
    (b0, b1) = (load8(c + stride) * scale.0, load8(c + stride + 8) * scale.1)
    (c0, c1) = (load8(c + 2 * stride) * scale.0, load8(c + 2 * stride + 8) * scale.1)
    (d0, d1) = (load8(c + 3 * stride) * scale.0, load8(c + 3 * stride + 8) * scale.1)
    (e0, e1) = (load8(c + 4 * stride) * scale.0, load8(c + 4 * stride + 8) * scale.1)
    (f0, f1) = (load8(c + 5 * stride) * scale.0, load8(c + 5 * stride + 8) * scale.1)
  }

  @inline(__always)
  mutating func step(
    _ a: UnsafePointer<Float>, rowStride: Int, _ b: UnsafePointer<Float>
  ) {
    let (left, right) = (load8(b), load8(b + 8))
    var x = Float8(repeating: a[0])
    a0.addProduct(x, left)
    a1.addProduct(x, right)
    x = Float8(repeating: a[rowStride])
    b0.addProduct(x, left)
    b1.addProduct(x, right)
    x = Float8(repeating: a[2 * rowStride])
    c0.addProduct(x, left)
    c1.addProduct(x, right)
    x = Float8(repeating: a[3 * rowStride])
    d0.addProduct(x, left)
    d1.addProduct(x, right)
    x = Float8(repeating: a[4 * rowStride])
    e0.addProduct(x, left)
    e1.addProduct(x, right)
    x = Float8(repeating: a[5 * rowStride])
    f0.addProduct(x, left)
    f1.addProduct(x, right)
  }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<Float>, stride: Int) {
    store8(a0, to: c)
    store8(a1, to: c + 8)
    store8(b0, to: c + stride)
    store8(b1, to: c + stride + 8)
    store8(c0, to: c + 2 * stride)
    store8(c1, to: c + 2 * stride + 8)
    store8(d0, to: c + 3 * stride)
    store8(d1, to: c + 3 * stride + 8)
    store8(e0, to: c + 4 * stride)
    store8(e1, to: c + 4 * stride + 8)
    store8(f0, to: c + 5 * stride)
    store8(f1, to: c + 5 * stride + 8)
  }

  @inline(__always)
  func columnMaxima(_ seed: (Float8, Float8)) -> (Float8, Float8) {
    let left = maximum(maximum(maximum(a0, b0), maximum(c0, d0)), maximum(e0, f0))
    let right = maximum(maximum(maximum(a1, b1), maximum(c1, d1)), maximum(e1, f1))
    return (maximum(seed.0, left), maximum(seed.1, right))
  }
}

struct Tile4: RegisterTile {
  var a0 = Float8.zero, a1 = Float8.zero, b0 = Float8.zero, b1 = Float8.zero
  var c0 = Float8.zero, c1 = Float8.zero, d0 = Float8.zero, d1 = Float8.zero

  @inline(__always) static var rowCount: Int { 4 }

  @inline(__always) init() {}

  @inline(__always)
  mutating func add(_ c: UnsafePointer<Float>, stride: Int) {
    a0 += load8(c)
    a1 += load8(c + 8)
    b0 += load8(c + stride)
    b1 += load8(c + stride + 8)
    c0 += load8(c + 2 * stride)
    c1 += load8(c + 2 * stride + 8)
    d0 += load8(c + 3 * stride)
    d1 += load8(c + 3 * stride + 8)
  }

  @inline(__always)
  init(_ c: UnsafePointer<Float>, stride: Int, scale: (Float8, Float8)) {
    (a0, a1) = (load8(c) * scale.0, load8(c + 8) * scale.1)
    (b0, b1) = (load8(c + stride) * scale.0, load8(c + stride + 8) * scale.1)
    (c0, c1) = (load8(c + 2 * stride) * scale.0, load8(c + 2 * stride + 8) * scale.1)
    (d0, d1) = (load8(c + 3 * stride) * scale.0, load8(c + 3 * stride + 8) * scale.1)
  }

  @inline(__always)
  mutating func step(
    _ a: UnsafePointer<Float>, rowStride: Int, _ b: UnsafePointer<Float>
  ) {
    let (left, right) = (load8(b), load8(b + 8))
    var x = Float8(repeating: a[0])
    a0.addProduct(x, left)
    a1.addProduct(x, right)
    x = Float8(repeating: a[rowStride])
    b0.addProduct(x, left)
    b1.addProduct(x, right)
    x = Float8(repeating: a[2 * rowStride])
    c0.addProduct(x, left)
    c1.addProduct(x, right)
    x = Float8(repeating: a[3 * rowStride])
    d0.addProduct(x, left)
    d1.addProduct(x, right)
  }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<Float>, stride: Int) {
    store8(a0, to: c)
    store8(a1, to: c + 8)
    store8(b0, to: c + stride)
    store8(b1, to: c + stride + 8)
    store8(c0, to: c + 2 * stride)
    store8(c1, to: c + 2 * stride + 8)
    store8(d0, to: c + 3 * stride)
    store8(d1, to: c + 3 * stride + 8)
  }

  @inline(__always)
  func columnMaxima(_ seed: (Float8, Float8)) -> (Float8, Float8) {
    let left = maximum(maximum(a0, b0), maximum(c0, d0))
    let right = maximum(maximum(a1, b1), maximum(c1, d1))
    return (maximum(seed.0, left), maximum(seed.1, right))
  }
}

struct Tile1: RegisterTile {
  var a0 = Float8.zero, a1 = Float8.zero

  @inline(__always) static var rowCount: Int { 1 }

  @inline(__always) init() {}

  @inline(__always)
  mutating func add(_ c: UnsafePointer<Float>, stride: Int) {
    a0 += load8(c)
    a1 += load8(c + 8)
  }

  @inline(__always)
  init(_ c: UnsafePointer<Float>, stride: Int, scale: (Float8, Float8)) {
    (a0, a1) = (load8(c) * scale.0, load8(c + 8) * scale.1)
  }

  @inline(__always)
  mutating func step(
    _ a: UnsafePointer<Float>, rowStride: Int, _ b: UnsafePointer<Float>
  ) {
    let x = Float8(repeating: a[0])
    a0.addProduct(x, load8(b))
    a1.addProduct(x, load8(b + 8))
  }

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<Float>, stride: Int) {
    store8(a0, to: c)
    store8(a1, to: c + 8)
  }

  @inline(__always)
  func columnMaxima(_ seed: (Float8, Float8)) -> (Float8, Float8) {
    (maximum(seed.0, a0), maximum(seed.1, a1))
  }
}

/// Splits `count` rows into tiles of six, four and one row, with as few single rows as possible.
@inline(__always)
func splitRows(_ count: Int) -> (sixes: Int, fours: Int, ones: Int) {
  // After the sixes, a remainder of 2 is better split as one six less and two fours: 8 = 4 + 4.
  let remainder = count % 6
  let sixes = count / 6
  if remainder >= 4 { return (sixes, 1, remainder - 4) }
  if remainder >= 2 && sixes > 0 { return (sixes - 1, 2, remainder - 2) }
  return (sixes, 0, remainder)
}
