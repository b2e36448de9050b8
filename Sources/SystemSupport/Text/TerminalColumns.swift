extension StringProtocol {
  /// The columns that the text takes up in a terminal: 2 for a wide character of East Asia and for
  /// an emoji, 0 for a combining mark, 1 for any other. The color codes and links that `lab` writes
  /// take up none.
  /// - Complexity: linear in the length.
  public var terminalColumns: Int {
    if utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return utf8.count }
    var (columns, position) = (0, startIndex)
    while position < endIndex {
      if let end = TerminalCode.end(in: self, at: position) {
        position = end
      } else {
        columns += self[position].terminalColumns
        position = index(after: position)
      }
    }
    return columns
  }
}

extension String {
  /// The text with spaces after it, up to this many columns.
  public func padded(toColumns columns: Int) -> String {
    self + String(repeating: " ", count: max(0, columns - terminalColumns))
  }

  /// The text with spaces before it, up to this many columns.
  public func leftPadded(toColumns columns: Int) -> String {
    String(repeating: " ", count: max(0, columns - terminalColumns)) + self
  }

  /// The text in lines of at most this many columns, broken after a space where there is one in the
  /// second half of a line; every line after the first begins with the indent. It may contain the
  /// colors that `lab` writes: they go on in the next line.
  /// - Precondition: the indent is narrower than `columns`.
  /// - Complexity: linear in the length.
  public func broken(atColumns columns: Int, indent: String = "") -> [String] {
    guard terminalColumns > columns else { return [self] }
    precondition(indent.terminalColumns < columns, "the indent is as wide as the lines")
    var lines: [String] = []
    var (line, used, color) = ("", 0, "")
    /// The line up to its last space, the color there, and the place after it in this text.
    var space: (line: String, color: String, position: String.Index)?
    var position = startIndex
    func end(_ text: String, _ color: String) {
      lines.append(text + (color.isEmpty ? "" : "\u{1B}[0m"))
    }
    while position < endIndex {
      if let end = TerminalCode.end(in: self, at: position) {
        let code = String(self[position..<end])
        line += code
        if code.hasSuffix("m") { color = code == "\u{1B}[0m" ? "" : color + code }
        position = end
        continue
      }
      let width = self[position].terminalColumns
      if used + width > columns, used > 0 {
        if let space {
          end(space.line, space.color)
          (position, color) = (space.position, space.color)
        } else if self[position] == " " {
          end(line, color)
          position = index(after: position)
        } else {
          end(line, color)
        }
        (line, used) = (indent + color, indent.terminalColumns)
        space = nil
        continue
      }
      if self[position] == " ", used > columns / 2 {
        space = (line, color, index(after: position))
      }
      line.append(self[position])
      used += width
      position = index(after: position)
    }
    return lines + [line]
  }

  /// The beginning of the text that fits into this many columns. It must not contain color codes.
  public func prefix(columns: Int) -> String {
    var (used, end) = (0, startIndex)
    while end < endIndex {
      used += self[end].terminalColumns
      if used > columns { break }
      end = index(after: end)
    }
    return String(self[..<end])
  }
}

extension Character {
  /// The columns of one character with its combining marks.
  var terminalColumns: Int {
    if let ascii = asciiValue { return ascii >= 0x20 && ascii != 0x7F ? 1 : 0 }
    let scalars = unicodeScalars
    let isEmoji = scalars.contains { $0.value == 0xFE0F || $0.properties.isEmojiPresentation }
    if isEmoji, scalars.count > 1 || scalars.first.map(\.isRegionalIndicator) != true { return 2 }
    // The parts of a Hangul syllable are drawn in the cell of the first one.
    if let first = scalars.first, (0x1100...0x115F).contains(first.value) { return 2 }
    return scalars.reduce(0) { $0 + $1.terminalColumns }
  }
}

extension Unicode.Scalar {
  fileprivate var isRegionalIndicator: Bool { (0x1F1E6...0x1F1FF).contains(value) }

  fileprivate var terminalColumns: Int {
    if isHidden { return 0 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    default: return isWide ? 2 : 1
    }
  }

  /// The blocks of East Asian width W and F. Emoji are found by their property.
  private var isWide: Bool {
    switch value {
    case 0..<0x1100: false
    case 0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF,
      0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,
      0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265,
      0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
