import TensorCore

/// Eight integers of 32 bits: one AVX register.
private typealias Integer8 = SIMD8<UInt32>

/// The mixing of `DropoutMask`, eight at a time.
@inline(__always)
private func mix(_ bits: Integer8) -> Integer8 {
  var x = bits
  x = (x ^ (x &>> Integer8(repeating: 16))) &* Integer8(repeating: 0x7FEB_352D)
  x = (x ^ (x &>> Integer8(repeating: 15))) &* Integer8(repeating: 0x846C_A68B)
  return x ^ (x &>> Integer8(repeating: 16))
}

extension CPUBackend {
  public func dropout(_ x: Tensor, _ mask: DropoutMask, residual: Tensor?, into y: Tensor) {
    let (xs, ys, rs) = (x.hostPointer, y.hostPointer, residual?.hostPointer)
    let (first, second) = (
      Integer8(repeating: mask.key.first), Integer8(repeating: mask.key.second)
    )
    let laneOffsets = Integer8(0, 1, 2, 3, 4, 5, 6, 7)
    // Signed, since AVX2 cannot compare unsigned integers; 24 bits fit either way.
    let threshold = SIMD8<Int32>(repeating: mask.threshold)
    let scale = mask.keptScale
    forElements(x.count) { range in
      forLanes(range.count) { i, lanes in
        let start = range.lowerBound + i
        let index = laneOffsets &+ Integer8(repeating: UInt32(truncatingIfNeeded: start))
        let hash = mix(mix(index ^ first) &+ second) &>> Integer8(repeating: 8)
        let isKept = unsafeBitCast(hash, to: SIMD8<Int32>.self) .>= threshold
        let kept = Float8.zero.replacing(with: load(xs + start, lanes) * scale, where: isKept)
        store(ys + start, rs.map { load($0 + start, lanes) + kept } ?? kept, lanes)
      }
    }
  }
}
