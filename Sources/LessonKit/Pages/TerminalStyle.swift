import SystemSupport

/// How text is shown on a stream: with or without color, and how wide.
package struct TerminalStyle: Sendable {
  /// Only the 16 standard colors, because they follow the reader's light or dark theme.
  package enum Ink: String, Sendable {
    case bold = "1"
    case faint = "2"
    case italic = "3"
    case underline = "4"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case magenta = "35"
    case cyan = "36"
  }

  package var isColored: Bool
  /// Columns of text; 40 at least, 100 at most.
  package var width: Int
  /// Whether paths are written as links (OSC 8).
  package var linksFiles: Bool

  package init(isColored: Bool, width: Int = 80, linksFiles: Bool = false) {
    self.isColored = isColored
    self.width = min(100, max(40, width))
    self.linksFiles = linksFiles
  }

  package func ink(_ text: String, _ inks: Ink...) -> String {
    guard isColored, !text.isEmpty else { return text }
    return "\u{1B}[\(inks.map(\.rawValue).joined(separator: ";"))m\(text)\u{1B}[0m"
  }

  /// A path, as a link if the terminal supports links.
  package func path(_ path: String) -> String {
    let shown = path.terminalLine
    guard linksFiles, path.hasPrefix("/") else { return shown }
    let allowed = path.utf8.map { byte -> String in
      let isPlain =
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || [UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_")]
          .contains(byte)
      return isPlain ? String(UnicodeScalar(byte)) : "%" + hex(byte)
    }
    return "\u{1B}]8;;file://\(allowed.joined())\u{1B}\\\(shown)\u{1B}]8;;\u{1B}\\"
  }

  /// Text in lines of this width, each with the indent. It may contain colors and no other markup.
  package func text(_ text: String, indent: String) -> String {
    wrapped(TerminalPage(self).words(TerminalCode.onlyOwn(text)), width: width, indent: indent)
  }

  private func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count == 1 ? "0" + digits : digits
  }
}

/// Breaks words into lines of at most `width` columns; color codes count as zero columns. A unit stays
/// on the line of its number.
package func wrapped(_ words: [String], width: Int, indent: String, first: String? = nil) -> String
{
  var lines: [String] = []
  var (line, used) = (first ?? indent, 0)
  for word in withUnits(words) {
    let length = word.terminalColumns
    if used > 0, indent.terminalColumns + used + 1 + length > width {
      lines.append(line)
      (line, used) = (indent, 0)
    }
    line += (used > 0 ? " " : "") + word
    used += length + (used > 0 ? 1 : 0)
  }
  return (lines + [line]).joined(separator: "\n")
}

private let units: Set<String> = ["%", "×", "s", "ms", "µs", "min", "B", "kB", "MB", "GB", "TB"]

/// The words, each unit that follows a number together with it.
private func withUnits(_ words: [String]) -> [String] {
  words.reduce(into: []) { result, word in
    if let number = result.last, number.last?.isNumber == true,
      units.contains(String(word.prefix { !",.;:)".contains($0) }))
    {
      result[result.count - 1] = number + " " + word
    } else {
      result.append(word)
    }
  }
}
