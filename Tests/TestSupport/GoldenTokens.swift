import Foundation

/// Ids by Hugging Face's `tokenizers`; see `Tests/Golden/README.md`.
public struct GoldenTokens: Decodable {
  public struct Text: Decodable {
    public let bytes: Data
    public let smollm2, small: [Int32]
  }

  public struct Book: Decodable {
    public struct Ids: Decodable {
      public let count: Int
      public let checksum: String
    }
    public let command: [String]
    public let bytes: Int
    public let smollm2, small: Ids
  }

  public let texts: [Text]
  public let book: Book

  public static func read() throws -> GoldenTokens {
    try GoldenFolder.decode(Self.self, "tokens.json")
  }

  /// FNV-1a of the ids as 32-bit little-endian numbers.
  public static func checksum(_ ids: [Int32]) -> String {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for id in ids {
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        value = (value ^ UInt64(UInt32(bitPattern: id) >> shift & 0xFF)) &* 0x100_0000_01B3
      }
    }
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
