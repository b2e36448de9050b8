/// The element type of a stored tensor.
enum SafetensorsDataType: String {
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"

  var byteCount: Int { self == .float32 ? 4 : 2 }

  func floats(in bytes: UnsafeRawBufferPointer) -> [Float] {
    let count = bytes.count / byteCount
    return [Float](unsafeUninitializedCapacity: count) { values, initializedCount in
      for i in 0..<count {
        switch self {
        case .float32:
          let bits = bytes.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self)
          values[i] = Float(bitPattern: UInt32(littleEndian: bits))
        case .float16, .bfloat16:
          let stored = bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
          let bits = UInt16(littleEndian: stored)
          values[i] = self == .float16 ? Float(half: bits) : Float(bitPattern: UInt32(bits) << 16)
        }
      }
      initializedCount = count
    }
  }
}

extension Float {
  /// The value of an IEEE half-precision number, exactly. (`Float16` is missing on Intel Macs.)
  package init(half bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:  // zero or subnormal: fraction × 2⁻²⁴
      let magnitude = Float(fraction) * 0x1p-24
      self = Float(bitPattern: magnitude.bitPattern | sign)
    case 31:  // infinity or NaN
      self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default:
      self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
