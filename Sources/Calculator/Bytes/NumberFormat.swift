/// How a number is kept: its bits, and the scales that must be kept beside a group of them.
public struct NumberFormat: Hashable, Sendable, Codable {
  public let name: String
  public let bits: Int
  /// Numbers that share a scale and a zero; nil where each number stands for itself.
  public let groupLength: Int?
  /// Bits of scale and zero of one group.
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
  /// Groups of 32 with a 16-bit scale and zero (Liu et al., 2024, section 4), one bit more a number.
  public static let int8 = NumberFormat(
    name: "8 bits + scales", bits: 8, groupLength: 32, bitsPerGroup: 32)
  public static let int4 = NumberFormat(
    name: "4 bits + scales", bits: 4, groupLength: 32, bitsPerGroup: 32)

  public static let all: [NumberFormat] = [.float32, .float16, .int8, .int4]

  /// The numbers alone: what tables print that leave the scales out.
  public var withoutScales: NumberFormat { NumberFormat(name: "\(bits) bits", bits: bits) }

  public var bitsPerNumber: Double {
    Double(bits) + (groupLength.map { Double(bitsPerGroup) / Double($0) } ?? 0)
  }

  /// Bytes of so many numbers, scales included.
  public func bytes(of count: Double) -> Double { count * bitsPerNumber / 8 }

  /// The format of so many bits.
  /// - Throws: `UnknownFormat` where there is none.
  public static func bits(_ bits: Int) throws(UnknownFormat) -> NumberFormat {
    guard let found = all.first(where: { $0.bits == bits }) else {
      throw UnknownFormat(bits: bits, known: all.map(\.bits))
    }
    return found
  }
}

/// A width that no number here has.
public struct UnknownFormat: Error, Equatable, CustomStringConvertible {
  public let bits: Int
  public let known: [Int]

  public var description: String {
    let names = known.map(String.init)
    return "Numbers of \(bits) bits are not among those counted here. Choose "
      + "\(names.dropLast().joined(separator: ", ")) or \(names.last ?? "")."
  }
}
