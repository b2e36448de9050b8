import Foundation

/// A 64-bit checksum that detects damage, but not forgery: FNV-1a over eight bytes at a time, with
/// a shift that carries the high bits down.
///
/// Equivalent to:
///
///     h = 0xCBF29CE484222325
///     for each 8 bytes w, little-endian, the last padded with zeros, and then for the byte count:
///       h = (h ^ w) * 0x100000001B3 mod 2^64
///       h = h ^ (h >> 32)
///
/// Without the shift, the top bit of `h` would depend on the top bits of the words only: two
/// changed signs among floats would cancel and go unnoticed. Each step is one-to-one in `h` and in
/// `w`, so a change inside one word is always found.
public struct ByteChecksum: Sendable, CustomStringConvertible {
  private var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  /// The bytes after the last whole word, lowest first.
  private var pending: UInt64 = 0
  private var byteCount = 0

  public init() {}

  public init(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }

  /// Appends bytes; splitting them into several calls makes no difference.
  /// - Complexity: O(n) time, no extra memory; several gigabytes per second.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    let leadingCount = min(bytes.count, (8 - byteCount & 7) & 7)
    let wordsEnd = leadingCount + (bytes.count - leadingCount) & ~7
    appendBytewise(bytes[..<leadingCount])
    for offset in stride(from: leadingCount, to: wordsEnd, by: 8) {
      let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      Self.mix(UInt64(littleEndian: word), into: &hash)
    }
    byteCount += wordsEnd - leadingCount
    appendBytewise(bytes[wordsEnd...])
  }

  /// The checksum of all bytes so far.
  public var value: UInt64 {
    var result = hash
    if byteCount & 7 != 0 { Self.mix(pending, into: &result) }
    Self.mix(UInt64(byteCount), into: &result)
    return result
  }

  /// Sixteen lower-case hexadecimal digits.
  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private mutating func appendBytewise(_ bytes: Slice<UnsafeRawBufferPointer>) {
    for byte in bytes {
      pending |= UInt64(byte) << (8 * (byteCount & 7))
      byteCount += 1
      if byteCount & 7 == 0 {
        Self.mix(pending, into: &hash)
        pending = 0
      }
    }
  }

  private static func mix(_ word: UInt64, into hash: inout UInt64) {
    hash = (hash ^ word) &* 0x0000_0100_0000_01B3
    hash ^= hash >> 32
  }
}

/// Bytes preceded by the sixteen digits of their checksum.
package enum ChecksummedData {
  package static func wrapped(_ data: Data) -> Data {
    Data(ByteChecksum(Array(data)).description.utf8) + data
  }

  /// The bytes; nil if they are damaged or truncated.
  package static func unwrapped(_ data: Data) -> Data? {
    let body = Data(data.dropFirst(16))
    return Data(ByteChecksum(Array(body)).description.utf8) == data.prefix(16) ? body : nil
  }
}
