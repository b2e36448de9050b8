/// Eight elements: one AVX register, or two NEON registers.
typealias Float8 = SIMD8<Float>

/// Loads eight elements from any address.
@inline(__always)
func load8(_ pointer: UnsafePointer<Float>) -> Float8 {
  UnsafeRawPointer(pointer).loadUnaligned(as: Float8.self)
}

/// Stores eight elements at any address.
@inline(__always)
func store8(_ values: Float8, to pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: values, as: Float8.self)
}

/// The larger of each pair; NaN if `b` is NaN.
///
/// `pointwiseMax` compiles to one call per lane; a compare and a select compile to one `vmaxps`.
@inline(__always)
func maximum(_ a: Float8, _ b: Float8) -> Float8 {
  b.replacing(with: a, where: a .> b)
}

/// The smaller of each pair; NaN if `b` is NaN.
@inline(__always)
func minimum(_ a: Float8, _ b: Float8) -> Float8 {
  b.replacing(with: a, where: a .< b)
}

/// Absolute values: the sign bit cleared.
@inline(__always)
func magnitude(_ x: Float8) -> Float8 {
  let bits = unsafeBitCast(x, to: SIMD8<UInt32>.self) & SIMD8(repeating: 0x7FFF_FFFF)
  return unsafeBitCast(bits, to: Float8.self)
}

/// The sum of eight elements, by halves: always in the same order.
@inline(__always)
func sumOfLanes(_ v: Float8) -> Float {
  let four = v.lowHalf + v.highHalf
  let two = four.lowHalf + four.highHalf
  return two.x + two.y
}

/// The largest of eight elements.
@inline(__always)
func largestLane(_ v: Float8) -> Float {
  let four = v.lowHalf.replacing(with: v.highHalf, where: v.highHalf .> v.lowHalf)
  let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .> four.lowHalf)
  return two.x > two.y ? two.x : two.y
}

/// Loads the first `count` of eight elements; the rest of the register is `filler`.
@inline(__always)
func load(_ pointer: UnsafePointer<Float>, _ count: Int, filler: Float = 0) -> Float8 {
  if count == 8 { return load8(pointer) }
  var values = Float8(repeating: filler)
  for i in 0..<count { values[i] = pointer[i] }
  return values
}

/// Stores the first `count` of eight elements.
@inline(__always)
func store(_ pointer: UnsafeMutablePointer<Float>, _ values: Float8, _ count: Int) {
  if count == 8 { return store8(values, to: pointer) }
  for i in 0..<count { pointer[i] = values[i] }
}

/// Calls `body(start, lanes)` for each register of a row of `count` elements; `lanes` is 8 for all
/// but the last. Inlined twice, so that full registers take the short path through load and store.
@inline(__always)
func forLanes(_ count: Int, _ body: (_ start: Int, _ lanes: Int) -> Void) {
  let whole = count & ~7
  var i = 0
  while i < whole {
    body(i, 8)
    i += 8
  }
  if whole < count { body(whole, count - whole) }
}
