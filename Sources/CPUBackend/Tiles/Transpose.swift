// Between rows of a head and panels of lanes.
//
// A panel holds 16 rows side by side: element d of row r is at `d · 16 + r`, so that one load reads
// element d of 8 rows. Tried: one store per element, which took 12 % of a causal forward pass at
// 256 tokens; 8 × 8 blocks transposed in registers take a fifth of that.

/// Rows side by side in a panel: two registers.
let panelWidth = 16

/// `x · factor`, written as a fused multiply-add. The compiler splits a product without an addend,
/// or a load alone, into eight loads of one element each, which costs twice the shuffles.
@inline(__always)
private func scaled(_ x: Float8, _ factor: Float8) -> Float8 {
  Float8.zero.addingProduct(x, factor)
}

/// Transposes an 8 × 8 block: row i of the result is column i of the rows.
@inline(__always)
private func transpose8(
  _ r0: Float8, _ r1: Float8, _ r2: Float8, _ r3: Float8,
  _ r4: Float8, _ r5: Float8, _ r6: Float8, _ r7: Float8
) -> (Float8, Float8, Float8, Float8, Float8, Float8, Float8, Float8) {
  let (a0, a1) = (low(r0, r1), high(r0, r1))
  let (a2, a3) = (low(r2, r3), high(r2, r3))
  let (a4, a5) = (low(r4, r5), high(r4, r5))
  let (a6, a7) = (low(r6, r7), high(r6, r7))
  let (b0, b1) = (lowPairs(a0, a2), highPairs(a0, a2))
  let (b2, b3) = (lowPairs(a1, a3), highPairs(a1, a3))
  let (b4, b5) = (lowPairs(a4, a6), highPairs(a4, a6))
  let (b6, b7) = (lowPairs(a5, a7), highPairs(a5, a7))
  return (
    Float8(lowHalf: b0.lowHalf, highHalf: b4.lowHalf),
    Float8(lowHalf: b1.lowHalf, highHalf: b5.lowHalf),
    Float8(lowHalf: b2.lowHalf, highHalf: b6.lowHalf),
    Float8(lowHalf: b3.lowHalf, highHalf: b7.lowHalf),
    Float8(lowHalf: b0.highHalf, highHalf: b4.highHalf),
    Float8(lowHalf: b1.highHalf, highHalf: b5.highHalf),
    Float8(lowHalf: b2.highHalf, highHalf: b6.highHalf),
    Float8(lowHalf: b3.highHalf, highHalf: b7.highHalf)
  )
}

// Interleavings within each half of a register: the shuffles that AVX has as one instruction.
@inline(__always)
private func low(_ a: Float8, _ b: Float8) -> Float8 {
  Float8(a[0], b[0], a[1], b[1], a[4], b[4], a[5], b[5])
}
@inline(__always)
private func high(_ a: Float8, _ b: Float8) -> Float8 {
  Float8(a[2], b[2], a[3], b[3], a[6], b[6], a[7], b[7])
}

// Pairs are moved as doubles: if the compiler can follow single elements through two shuffles, it
// replaces both by moves of single elements.
@inline(__always)
private func lowPairs(_ a: Float8, _ b: Float8) -> Float8 {
  let (x, y) = (unsafeBitCast(a, to: SIMD4<Double>.self), unsafeBitCast(b, to: SIMD4<Double>.self))
  return unsafeBitCast(SIMD4(x[0], y[0], x[2], y[2]), to: Float8.self)
}
@inline(__always)
private func highPairs(_ a: Float8, _ b: Float8) -> Float8 {
  let (x, y) = (unsafeBitCast(a, to: SIMD4<Double>.self), unsafeBitCast(b, to: SIMD4<Double>.self))
  return unsafeBitCast(SIMD4(x[1], y[1], x[3], y[3]), to: Float8.self)
}

/// The sums of the lanes of 8 registers, in one: lane i is the sum of register i.
@inline(__always)
func addedLanes(
  _ s0: Float8, _ s1: Float8, _ s2: Float8, _ s3: Float8,
  _ s4: Float8, _ s5: Float8, _ s6: Float8, _ s7: Float8
) -> Float8 {
  let (a, b) = (low(s0, s1) + high(s0, s1), low(s2, s3) + high(s2, s3))
  let (c, d) = (low(s4, s5) + high(s4, s5), low(s6, s7) + high(s6, s7))
  let first = lowPairs(a, b) + highPairs(a, b)
  let second = lowPairs(c, d) + highPairs(c, d)
  return Float8(
    lowHalf: first.lowHalf + first.highHalf, highHalf: second.lowHalf + second.highHalf)
}

/// Transposes an 8 × 8 block in memory, each of its rows times `factor`.
@inline(__always)
private func transposeBlock(
  _ source: UnsafePointer<Float>, stride: Int, scale factor: Float8,
  into target: UnsafeMutablePointer<Float>, stride targetStride: Int
) {
  let columns = transpose8(
    scaled(load8(source), factor), scaled(load8(source + stride), factor),
    scaled(load8(source + 2 * stride), factor), scaled(load8(source + 3 * stride), factor),
    scaled(load8(source + 4 * stride), factor), scaled(load8(source + 5 * stride), factor),
    scaled(load8(source + 6 * stride), factor), scaled(load8(source + 7 * stride), factor))
  store8(columns.0, to: target)
  store8(columns.1, to: target + targetStride)
  store8(columns.2, to: target + 2 * targetStride)
  store8(columns.3, to: target + 3 * targetStride)
  store8(columns.4, to: target + 4 * targetStride)
  store8(columns.5, to: target + 5 * targetStride)
  store8(columns.6, to: target + 6 * targetStride)
  store8(columns.7, to: target + 7 * targetStride)
}

/// Packs up to 16 rows of `width` elements, each times `scale`, into a panel `[width, 16]`; lanes
/// without a row become 0.
func packPanel(
  rows: UnsafePointer<Float>, stride: Int, rowCount: Int, width: Int, scale: Float,
  into panel: UnsafeMutablePointer<Float>
) {
  let factor = Float8(repeating: scale)
  for half in 0..<2 {
    let first = half * 8
    var d = 0
    if rowCount >= first + 8 {
      while d + 8 <= width {
        transposeBlock(
          rows + first * stride + d, stride: stride, scale: factor,
          into: panel + d * panelWidth + first, stride: panelWidth)
        d += 8
      }
    }
    while d < width {
      for row in first..<first + 8 {
        panel[d * panelWidth + row] = row < rowCount ? rows[row * stride + d] * scale : 0
      }
      d += 1
    }
  }
}

/// Unpacks a panel `[width, 16]` into up to 16 rows, lane r times `factors[r]`.
func unpackPanel(
  _ panel: UnsafePointer<Float>, factors: UnsafePointer<Float>, width: Int, rowCount: Int,
  rows: UnsafeMutablePointer<Float>, stride: Int
) {
  for half in 0..<2 {
    let first = half * 8
    var d = 0
    if rowCount >= first + 8 {
      let factor = load8(factors + first)
      while d + 8 <= width {
        transposeBlock(
          panel + d * panelWidth + first, stride: panelWidth, scale: factor,
          into: rows + first * stride + d, stride: stride)
        d += 8
      }
    }
    while d < width {
      for row in first..<max(first, min(first + 8, rowCount)) {
        rows[row * stride + d] = panel[d * panelWidth + row] * factors[row]
      }
      d += 1
    }
  }
}

/// Copies `rowCount` rows of `width` elements to rows of `paddedWidth`. The rest of each row and
/// the rows up to `paddedRowCount` become 0.
func packRows(
  _ rows: UnsafePointer<Float>, stride: Int, rowCount: Int, width: Int,
  into target: UnsafeMutablePointer<Float>, paddedWidth: Int, paddedRowCount: Int
) {
  for row in 0..<rowCount {
    let (source, copy) = (rows + row * stride, target + row * paddedWidth)
    copy.update(from: source, count: width)
    for d in width..<paddedWidth { copy[d] = 0 }
  }
  for i in rowCount * paddedWidth..<max(rowCount, paddedRowCount) * paddedWidth { target[i] = 0 }
}
