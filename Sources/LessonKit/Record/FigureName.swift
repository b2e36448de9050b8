import Foundation

/// The name of a figure's file in the folder of a run: `03-positions-loss-by-position.png`.
///
/// A record may come from somebody else, and its figures are read, copied and linked by this name.
/// Only names that a run gives are accepted: small letters, digits and hyphens, then `.png`. So it
/// never names a folder, a path outside the run or another file of the reader.
public struct FigureName: Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// The name of a new figure. `name` can be any text; it is made an identifier.
  package init(_ card: LessonCard, _ name: String) {
    description = "\(card.fileStem)-\(slug(name)).png"
  }

  /// Nil if no run gives this name to a figure.
  package init?(_ text: String) {
    guard text.hasSuffix(Self.ending), text.utf8.count <= 255,
      isIdentifier(text.dropLast(Self.ending.count))
    else { return nil }
    description = text
  }

  /// Whether a lesson's figures have names of this kind.
  func belongs(to card: LessonCard) -> Bool { description.hasPrefix(card.fileStem + "-") }

  private static let ending = ".png"
}

extension FigureName: Codable {
  public init(from decoder: any Decoder) throws {
    let box = try decoder.singleValueContainer()
    guard let name = FigureName(try box.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: box, debugDescription: "it is not a name that lab gives to the file of a figure")
    }
    self = name
  }

  public func encode(to encoder: any Encoder) throws {
    var box = encoder.singleValueContainer()
    try box.encode(description)
  }
}

/// Whether a text has only small letters, digits and hyphens, at least one.
func isIdentifier(_ text: some StringProtocol) -> Bool {
  !text.isEmpty
    && text.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
    }
}
