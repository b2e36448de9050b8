/// Eight Float32 numbers: one AVX register, two NEON registers.
typealias F8 = SIMD8<Float>

@inline(__always)
func load8(_ pointer: UnsafePointer<Float>) -> F8 {
  UnsafeRawPointer(pointer).loadUnaligned(as: F8.self)
}

@inline(__always)
func store8(_ pointer: UnsafeMutablePointer<Float>, _ value: F8) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: F8.self)
}

/// Loads `lanes` numbers; the rest of the register is `filler`.
@inline(__always)
func load(_ pointer: UnsafePointer<Float>, _ lanes: Int, filler: Float = 0) -> F8 {
  if lanes == 8 { return load8(pointer) }
  var value = F8(repeating: filler)
  for i in 0..<lanes { value[i] = pointer[i] }
  return value
}

/// Stores the first `lanes` numbers.
@inline(__always)
func store(_ pointer: UnsafeMutablePointer<Float>, _ value: F8, _ lanes: Int) {
  if lanes == 8 { return store8(pointer, value) }
  for i in 0..<lanes { pointer[i] = value[i] }
}

/// Calls `body(start, lanes)` for each register of a row of `count` numbers: `lanes` is 8 but for
/// the last. Inlined twice, so that the full registers take the short way through load and store.
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

/// The larger of each pair. `pointwiseMax` would compile to a call per lane.
@inline(__always)
func larger(_ a: F8, _ b: F8) -> F8 {
  a.replacing(with: b, where: b .> a)
}
