/// e^x for eight numbers.
@inline(__always)
func vexp(_ x0: F8) -> F8 {
  var x = x0
  x.replace(with: F8(repeating: -87), where: x .< F8(repeating: -87))
  x.replace(with: F8(repeating: 88), where: x .> F8(repeating: 88))
  let magic = F8(repeating: 12_582_912)
  let shifted = magic.addingProduct(x, F8(repeating: 1.442_695_04))
  let t = shifted - magic
  var r = x.addingProduct(t, F8(repeating: -0.693_359_375))
  r = r.addingProduct(t, F8(repeating: 2.121_944_40e-4))
  var y = F8(repeating: 1.987_569_15e-4)
  y = F8(repeating: 1.398_199_950_7e-3).addingProduct(y, r)
  y = F8(repeating: 8.333_451_907_3e-3).addingProduct(y, r)
  y = F8(repeating: 4.166_579_589_4e-2).addingProduct(y, r)
  y = F8(repeating: 1.666_666_545_9e-1).addingProduct(y, r)
  y = F8(repeating: 5.000_000_120_1e-1).addingProduct(y, r)
  y = r.addingProduct(y, r * r) + F8(repeating: 1)
  let exponent = unsafeBitCast(shifted, to: SIMD8<Int32>.self) &+ SIMD8<Int32>(repeating: 127)
  return y * unsafeBitCast(exponent &<< SIMD8<Int32>(repeating: 23), to: F8.self)
}
