/// The encodings of GGUF's weights that can be decoded, with ggml's numbers.
///
/// A quantized block has small whole numbers q and one or two factors: `x = d · q`, or `x = d · q + m`.
/// Factors are 16-bit floats. Source: ggml-org/ggml, the structures in `src/ggml-common.h`.
public enum BlockEncoding: Int, CaseIterable, Sendable {
  case float32 = 0
  case float16 = 1
  /// 32 numbers of 4 bits, minus 8, and a factor.
  case q40 = 2
  /// 32 numbers of 4 bits, a factor and a minimum.
  case q41 = 3
  /// 32 numbers of 8 bits and a factor.
  case q80 = 8
  /// 8 groups of 32 numbers of 4 bits. Each has a factor and a minimum of 6 bits, which the factors
  /// of the block multiply.
  case q4K = 12
  /// 16 groups of 16 numbers of 6 bits, minus 32. Each has a factor of 8 bits.
  case q6K = 14
  case bfloat16 = 30

  /// Elements and bytes of a block.
  var block: (length: Int, bytes: Int) {
    switch self {
    case .float32: (1, 4)
    case .float16, .bfloat16: (1, 2)
    case .q40: (32, 18)
    case .q41: (32, 20)
    case .q80: (32, 34)
    case .q4K: (256, 144)
    case .q6K: (256, 210)
    }
  }

  /// Writes the elements of whole blocks.
  /// - Complexity: O(n) time.
  /// - Precondition: the bytes are whole blocks, with as many elements as the target.
  public func decode(
    _ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>
  ) {
    let blockCount = bytes.count / block.bytes
    precondition(
      blockCount * block.bytes == bytes.count && blockCount * block.length == target.count,
      "\(bytes.count) bytes are not the blocks of \(target.count) elements of \(self)")
    if let target = target.baseAddress, let source = bytes.baseAddress {
      decode(blockCount, source, into: target)
    }
  }

  private func decode(
    _ blockCount: Int, _ source: UnsafeRawPointer, into target: UnsafeMutablePointer<Float>
  ) {
    for index in 0..<blockCount {
      let (bytes, x) = (source + index * block.bytes, target + index * block.length)
      switch self {
      case .float32: x[0] = Float(bitPattern: bytes.littleEndian(at: 0, as: UInt32.self))
      case .float16: x[0] = bytes.half(at: 0)
      case .bfloat16:
        x[0] = Float(bitPattern: UInt32(bytes.littleEndian(at: 0, as: UInt16.self)) << 16)
      case .q40:
        let d = bytes.half(at: 0)
        decodeNibbles(bytes + 2, d, -8 * d, into: x)
      case .q41: decodeNibbles(bytes + 4, bytes.half(at: 0), bytes.half(at: 2), into: x)
      case .q80:
        let d = bytes.half(at: 0)
        for i in 0..<32 { x[i] = d * Float(bytes.load(fromByteOffset: 2 + i, as: Int8.self)) }
      case .q4K: decodeQ4K(bytes, into: x)
      case .q6K: decodeQ6K(bytes, into: x)
      }
    }
  }

  /// 16 bytes with the numbers of elements 0 to 15 in their low halves and of 16 to 31 in their high
  /// ones.
  private func decodeNibbles(
    _ bytes: UnsafeRawPointer, _ d: Float, _ m: Float, into x: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<16 {
      let byte = bytes.load(fromByteOffset: i, as: UInt8.self)
      x[i] = d * Float(byte & 0xF) + m
      x[i + 16] = d * Float(byte >> 4) + m
    }
  }

  /// Two factors, 12 bytes with the groups' factors and minima, 128 bytes: of each 32 the low halves
  /// are one group and the high halves the next.
  private func decodeQ4K(_ bytes: UnsafeRawPointer, into x: UnsafeMutablePointer<Float>) {
    let (d, dMin) = (bytes.half(at: 0), bytes.half(at: 2))
    func packed(_ i: Int) -> UInt8 { bytes.load(fromByteOffset: 4 + i, as: UInt8.self) }
    for group in 0..<8 {
      // Groups 0 to 3: 6 bits of a byte each. Groups 4 to 7: the upper 2 bits are in those bytes, the
      // lower 4 in the last 4 bytes.
      let (factor, minimum) =
        group < 4
        ? (packed(group) & 63, packed(group + 4) & 63)
        : (
          packed(group + 4) & 0xF | (packed(group - 4) >> 6) << 4,
          packed(group + 4) >> 4 | (packed(group) >> 6) << 4
        )
      let (scale, m) = (d * Float(factor), dMin * Float(minimum))
      let (row, shift) = (bytes + 16 + group / 2 * 32, UInt8(group % 2 * 4))
      for i in 0..<32 {
        let q = row.load(fromByteOffset: i, as: UInt8.self) >> shift & 0xF
        x[32 * group + i] = scale * Float(q) - m
      }
    }
  }

  /// 128 bytes with the low 4 bits, 64 with the high 2, 16 factors, the block's factor. Each half of
  /// the block has four rows of 32: the low halves of 64 bytes, then the high halves.
  private func decodeQ6K(_ bytes: UnsafeRawPointer, into x: UnsafeMutablePointer<Float>) {
    let d = bytes.half(at: 208)
    for part in 0..<2 {
      let (low, high) = (bytes + 64 * part, bytes + 128 + 32 * part)
      for row in 0..<4 {
        for i in 0..<32 {
          let byte = low.load(fromByteOffset: 32 * (row % 2) + i, as: UInt8.self)
          let upper = high.load(fromByteOffset: i, as: UInt8.self) >> UInt8(2 * row) & 3
          let q = Int(row < 2 ? byte & 0xF : byte >> 4) | Int(upper) << 4
          let group = 8 * part + 2 * row + i / 16
          let factor = Float(bytes.load(fromByteOffset: 192 + group, as: Int8.self))
          x[128 * part + 32 * row + i] = d * factor * Float(q - 32)
        }
      }
    }
  }
}

extension UnsafeRawPointer {
  fileprivate func littleEndian<Number: FixedWidthInteger>(
    at offset: Int, as type: Number.Type
  ) -> Number {
    Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
  }

  /// A 16-bit float.
  fileprivate func half(at offset: Int) -> Float {
    Float(half: littleEndian(at: offset, as: UInt16.self))
  }
}
