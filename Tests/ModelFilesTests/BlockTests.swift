import Foundation
import ModelFiles
import TestSupport
import Testing

/// Blocks of every type compared with PyPI's `gguf`; see `Tests/Golden/README.md`.
@Suite struct BlockTests {
  struct Golden: Decodable {
    let type: Int
    let bytes, values: Data
  }

  @Test func blocksOfEveryType() throws {
    let golden = try GoldenFolder.decode([String: Golden].self, "blocks.json")
    #expect(golden.count == BlockEncoding.allCases.count)
    for (name, blocks) in golden {
      let type = try #require(GGUFType(number: blocks.type), "\(name)")
      let encoding = try #require(type.encoding, "\(name)")
      #expect(type.name == name)
      var values = [Float](
        repeating: .nan, count: blocks.bytes.count / type.blockBytes * type.blockLength)
      blocks.bytes.withUnsafeBytes { bytes in
        values.withUnsafeMutableBufferPointer { encoding.decode(bytes, into: $0) }
      }
      // `gguf` multiplies in another order: the last bit may differ.
      let found = difference(values, GoldenFolder.floats(blocks.values), .kernel)
      #expect(found.isWithin, "\(name): \(found)")
    }
  }
}
