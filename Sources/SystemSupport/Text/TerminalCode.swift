/// The control sequences that `lab` itself writes: the colors of its text, links to files, and the
/// erasing of its progress line. Pictures are written by another way.
public enum TerminalCode {
  /// Returns the text with every other control character as its number, so that a text of somebody
  /// else, which was not made harmless before, cannot clear or rewrite the screen.
  ///
  /// Line breaks and tabs stay.
  /// - Complexity: linear in the length.
  public static func onlyOwn(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard scalars.contains(where: { $0.isHidden && $0 != "\n" && $0 != "\t" }) else { return text }
    var (result, position) = ("", scalars.startIndex)
    /// Where the text begins that is not in `result` yet.
    var begin = position
    while position < scalars.endIndex {
      if let end = end(in: text, at: position) {
        result += shown(scalars[begin..<position]) + text[position..<end]
        (position, begin) = (end, end)
      } else {
        position = scalars.index(after: position)
      }
    }
    return result + shown(scalars[begin...])
  }

  private static func shown(_ text: Substring.UnicodeScalarView) -> String {
    String(text).visible(keeping: ["\n", "\t"])
  }

  /// The end of the own sequence that begins here; nil if none does.
  static func end(in text: some StringProtocol, at start: String.Index) -> String.Index? {
    let bytes = text.utf8
    guard start < bytes.endIndex else { return nil }
    if bytes[start] == carriageReturn {
      return eraseCodes.lazy.compactMap { text.end(of: "\r" + $0, at: start) }.first
    }
    guard bytes[start] == escape else { return nil }
    if let erased = eraseCodes.lazy.compactMap({ text.end(of: $0, at: start) }).first {
      return erased
    }
    if let inside = text.end(of: "\u{1B}[", at: start) { return colorEnd(bytes, inside) }
    guard let inside = text.end(of: "\u{1B}]8;;", at: start) else { return nil }
    return linkEnd(text, inside)
  }

  private static let escape: UInt8 = 0x1B
  private static let carriageReturn: UInt8 = 0x0D
  private static let eraseCodes = ["\u{1B}[2K", "\u{1B}[K"]

  /// `1;31m`: bold, faint, italic, underlined, the eight standard colors, or back to normal.
  private static func colorEnd<Bytes: Collection<UInt8>>(
    _ bytes: Bytes, _ start: Bytes.Index
  ) -> Bytes.Index? {
    let parameters = bytes[start...].prefix(16).prefix { $0 != UInt8(ascii: "m") }
    guard parameters.endIndex < bytes.endIndex, bytes[parameters.endIndex] == UInt8(ascii: "m")
    else { return nil }
    let numbers = parameters.split(
      separator: UInt8(ascii: ";"), omittingEmptySubsequences: false
    ).map { Int(String(decoding: $0, as: UTF8.self)) }
    let areOwn = numbers.allSatisfy { number in
      number.map { (0...4).contains($0) || (30...37).contains($0) } ?? false
    }
    return areOwn ? bytes.index(after: parameters.endIndex) : nil
  }

  /// A link to a file, or the end of a link.
  private static func linkEnd(_ text: some StringProtocol, _ start: String.Index) -> String.Index? {
    let terminator = "\u{1B}\\"
    if let end = text.end(of: terminator, at: start) { return end }
    guard let path = text.end(of: "file:///", at: start) else { return nil }
    let bytes = text.utf8
    let rest = bytes[path...].drop {
      isDigitOrLetter($0) || "/-._%".utf8.contains($0)
    }
    return text.end(of: terminator, at: rest.startIndex)
  }

  private static func isDigitOrLetter(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }
}

extension StringProtocol {
  /// The index after `part`, if the text continues with it at `start`.
  fileprivate func end(of part: String, at start: String.Index) -> String.Index? {
    utf8[start...].starts(with: part.utf8)
      ? utf8.index(start, offsetBy: part.utf8.count) : nil
  }
}
