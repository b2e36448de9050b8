/// A storage format of elements: bits per element, and the scales of quantized groups.
public struct NumberFormat: Hashable, Sendable, Codable {
  public let name: String
  public let bits: Int
  /// Elements that share a scale and a zero point; nil for a format without groups.
  public let groupLength: Int?
  /// Bits for scale and zero point of one group.
  public let bitsPerGroup: Int

  public init(name: String, bits: Int, groupLength: Int? = nil, bitsPerGroup: Int = 0) {
    self.name = name
    self.bits = bits
    self.groupLength = groupLength
    self.bitsPerGroup = bitsPerGroup
  }

  public static let float32 = NumberFormat(name: "32 bits", bits: 32)
  /// fp16 or bf16.
  public static let float16 = NumberFormat(name: "16 bits", bits: 16)
  /// Groups of 32 with a 16-bit scale and a 16-bit zero point (Liu et al., 2024, section 4): one
  /// more bit per element.
  public static let int8 = NumberFormat(
    name: "8 bits + scales", bits: 8, groupLength: 32, bitsPerGroup: 32)
  public static let int4 = NumberFormat(
    name: "4 bits + scales", bits: 4, groupLength: 32, bitsPerGroup: 32)

  public static let all: [NumberFormat] = [.float32, .float16, .int8, .int4]

  public var bitsPerElement: Double {
    Double(bits) + (groupLength.map { Double(bitsPerGroup) / Double($0) } ?? 0)
  }

  /// Bytes of `count` elements, scales included.
  public func bytes(of count: Double) -> Double { count * bitsPerElement / 8 }

  /// The format with this number of bits.
  /// - Throws: `UnknownFormat` if there is none.
  public static func bits(_ bits: Int) throws(UnknownFormat) -> NumberFormat {
    guard let found = all.first(where: { $0.bits == bits }) else {
      throw UnknownFormat(bits: bits, known: all.map(\.bits))
    }
    return found
  }
}

/// A number of bits without a known format.
public struct UnknownFormat: Error, Equatable, CustomStringConvertible {
  public let bits: Int
  public let known: [Int]

  public var description: String {
    let names = known.map(String.init)
    return "There is no format of \(bits) bits. Choose "
      + "\(names.dropLast().joined(separator: ", ")) or \(names.last ?? "")."
  }
}
