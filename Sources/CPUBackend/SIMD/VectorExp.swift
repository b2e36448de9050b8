// The exponential function of eight elements, by range reduction and a polynomial.
//
// e^x = 2^n · e^r with n = round(x · log₂e) and |r| ≤ ln2 / 2; 2^n is made by writing n into the
// exponent bits. The polynomials are minimax fits of the relative error with the constant term
// fixed at 1 (own fit, by reweighted least squares on Chebyshev points), so that e⁰ is exactly 1.
//
// Variants tried, with the largest error found over the range in units in the last place:
// - `expf` per lane: below 1, but about ten times slower, since it is one call per lane.
// - degree 5: 1.9 for e^r, but 2.02 for 2^f, above the documented 2.
// - degree 6, kept: 0.9 for both, for one more multiply-add.

/// Rounds to the nearest integer n when added and subtracted again (1.5 · 2²³), and leaves
/// n + 127, the exponent's bits of 2ⁿ, in the low bits of the sum. `SIMD.rounded` compiles to a
/// call.
private let roundingShift: Float = 12_582_912 + 127

/// 2ⁿ where `shifted = n + roundingShift`; 0 for n = −127, infinity for n = 128.
@inline(__always)
private func powerOfTwo(_ shifted: Float8) -> Float8 {
  let exponent = unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &<< SIMD8(repeating: 23)
  return unsafeBitCast(exponent, to: Float8.self)
}

/// `e^x` within 2 units in the last place if the result is a normal floating-point number.
///
/// Exactly 0 for x < −87.7 (results below the normal range) and for −∞; infinity for x > 88.4; NaN
/// stays NaN.
@inline(__always)
package func vexp(_ values: SIMD8<Float>) -> SIMD8<Float> {
  var x = maximum(Float8(repeating: -88.02969), values)
  x = minimum(Float8(repeating: 88.72284), x)
  let shifted = Float8(repeating: roundingShift).addingProduct(x, Float8(repeating: 1.442695))
  let n = shifted - Float8(repeating: roundingShift)
  // ln2 in two parts: the first has few enough bits that n · first is exact.
  var r = x.addingProduct(n, Float8(repeating: -0.693_359_375))
  r = r.addingProduct(n, Float8(repeating: 2.121_944_4e-4))
  var y = Float8(repeating: 0.008_374_155_5).addingProduct(r, Float8(repeating: 0.001_384_365_4))
  y = Float8(repeating: 0.041_668).addingProduct(r, y)
  y = Float8(repeating: 0.166_664_32).addingProduct(r, y)
  y = Float8(repeating: 0.499_999_94).addingProduct(r, y)
  y = Float8(repeating: 1).addingProduct(r, y)
  y = Float8(repeating: 1).addingProduct(r, y)
  return y * powerOfTwo(shifted)
}

/// `2^x` for x ≤ 127, within 2 units in the last place if the result is a normal floating-point
/// number.
///
/// Exactly 0 for x < −126.5 and for −∞; NaN stays NaN. Attention uses powers of two: the change of
/// base is part of the scale of the scores and costs nothing.
@inline(__always)
package func vexp2(_ values: SIMD8<Float>) -> SIMD8<Float> {
  let x = maximum(Float8(repeating: -127), values)
  let shifted = x + Float8(repeating: roundingShift)
  let f = x - (shifted - Float8(repeating: roundingShift))
  var y = Float8(repeating: 0.001_339_887_4).addingProduct(f, Float8(repeating: 0.000_153_533_62))
  y = Float8(repeating: 0.009_618_437).addingProduct(f, y)
  y = Float8(repeating: 0.055_503_324).addingProduct(f, y)
  y = Float8(repeating: 0.240_226_48).addingProduct(f, y)
  y = Float8(repeating: 0.693_147_2).addingProduct(f, y)
  y = Float8(repeating: 1).addingProduct(f, y)
  return y * powerOfTwo(shifted)
}
