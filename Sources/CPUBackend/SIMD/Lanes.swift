/// Eight numbers: one AVX register, or two NEON ones.
typealias Float8 = SIMD8<Float>

/// Eight numbers from any address.
@inline(__always)
func load8(_ pointer: UnsafePointer<Float>) -> Float8 {
  UnsafeRawPointer(pointer).loadUnaligned(as: Float8.self)
}

/// Eight numbers to any address.
@inline(__always)
func store8(_ numbers: Float8, to pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: numbers, as: Float8.self)
}

/// The larger of each pair; where `b` is not a number, that.
///
/// `pointwiseMax` compiles to a call per lane; a compare and a select become one `vmaxps`.
@inline(__always)
func maximum(_ a: Float8, _ b: Float8) -> Float8 {
  b.replacing(with: a, where: a .> b)
}

/// The smaller of each pair; where `b` is not a number, that.
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

/// The sum of eight numbers, by halves: always the same order of additions.
@inline(__always)
func sumOfLanes(_ v: Float8) -> Float {
  let four = v.lowHalf + v.highHalf
  let two = four.lowHalf + four.highHalf
  return two.x + two.y
}

/// The largest of eight numbers.
@inline(__always)
func largestLane(_ v: Float8) -> Float {
  let four = v.lowHalf.replacing(with: v.highHalf, where: v.highHalf .> v.lowHalf)
  let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .> four.lowHalf)
  return two.x > two.y ? two.x : two.y
}
