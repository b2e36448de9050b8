import TensorCore
import Testing

@Suite struct ByteChecksumTests {
  /// The definition in the doc comment, word by word.
  private func reference(_ bytes: [UInt8]) -> UInt64 {
    var padded = bytes
    while padded.count % 8 != 0 { padded.append(0) }
    var words = stride(from: 0, to: padded.count, by: 8).map { start in
      padded[start..<(start + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }
    words.append(UInt64(bytes.count))
    return words.reduce(0xCBF2_9CE4_8422_2325) { hash, word in
      let product = (hash ^ word) &* 0x0000_0100_0000_01B3
      return product ^ (product >> 32)
    }
  }

  @Test func followsItsDefinitionHoweverTheBytesAreCut() {
    let bytes = (0..<61).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }
    for count in 0...bytes.count {
      let whole = Array(bytes[..<count])
      #expect(ByteChecksum(whole).value == reference(whole), "\(count) bytes")
      for cut in 0...count {
        var checksum = ByteChecksum(Array(whole[..<cut]))
        Array(whole[cut...]).withUnsafeBytes { checksum.append($0) }
        #expect(checksum.value == reference(whole), "\(count) bytes cut at \(cut)")
      }
    }
  }

  @Test func lengthCounts() {
    #expect(ByteChecksum([0]).value != ByteChecksum([]).value)
    #expect(ByteChecksum([1]).value != ByteChecksum([1, 0]).value)
    #expect(ByteChecksum([]).description.count == 16)
  }
}
