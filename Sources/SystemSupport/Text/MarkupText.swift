extension String {
  /// The text in HTML, between tags or in a quoted attribute. The five special characters become
  /// entities, and hidden characters their numbers. Line breaks and tabs stay.
  /// - Complexity: linear in the length.
  public var htmlText: String {
    var result = String.UnicodeScalarView()
    result.reserveCapacity(unicodeScalars.count)
    for scalar in visible(keeping: ["\n", "\t"]).unicodeScalars {
      if let entity = entities[scalar] {
        result.append(each: entity)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// The text on one line of Markdown, also in a cell of a table. No part of it becomes markup, HTML
  /// or, in Jupyter, a formula.
  ///
  /// - Parameter startsLine: Whether nothing stands before it on its line. A list and a heading are
  ///   recognized only there.
  /// - Returns: the escaped text.
  /// - Complexity: linear in the length.
  public func markdownText(startsLine: Bool = true) -> String {
    var result = String.UnicodeScalarView()
    result.reserveCapacity(unicodeScalars.count)
    var place = startsLine ? LinePlace.start : .inside
    for scalar in terminalLine.unicodeScalars {
      let isMarkup = place.isMarkup(scalar)
      if isMarkup || markupAnywhere.contains(scalar) { result.append("\\") }
      result.append(scalar)
    }
    return String(result)
  }

  /// The text as a code span of Markdown, on one line.
  public var markdownCode: String {
    let text = terminalLine
    // The fence is longer than every run of backticks in the text.
    let longest = text.unicodeScalars.split { $0 != "`" }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: longest + 1)
    // CommonMark removes one space at each end.
    let ends = [text.utf8.first, text.utf8.last]
    let needsSpace =
      ends.contains(UInt8(ascii: "`")) || ends.allSatisfy { $0 == UInt8(ascii: " ") }
    let gap = needsSpace || text.isEmpty ? " " : ""
    return fence + gap + text + gap + fence
  }
}

extension String {
  /// A text in JSON with its hidden characters in JSON's own form, `\u009b`. They can only be inside
  /// of strings, except for the line breaks and tabs between them, which stay.
  public var jsonVisible: String {
    guard unicodeScalars.contains(where: { $0.isHidden && $0 != "\n" && $0 != "\t" }) else {
      return self
    }
    return unicodeScalars.map { scalar in
      guard scalar.isHidden, scalar != "\n", scalar != "\t" else { return String(scalar) }
      return String(scalar).utf16.map { unit in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }.joined()
    }.joined()
  }
}

/// Where a scalar stands on its line of Markdown.
private enum LinePlace {
  case start, afterNumber, inside

  /// Whether the scalar begins a heading, a list, a quotation or a rule here. The scalars of a line
  /// are passed in order.
  mutating func isMarkup(_ scalar: Unicode.Scalar) -> Bool {
    switch (self, scalar) {
    case (.start, " "):
      return false
    case (.start, "0"..."9"), (.afterNumber, "0"..."9"):
      self = .afterNumber
      return false
    case (.start, "#"), (.start, "+"), (.start, "-"), (.start, "="), (.start, ">"),
      (.afterNumber, "."), (.afterNumber, ")"):
      self = .inside
      return true
    default:
      self = .inside
      return false
    }
  }
}

private let entities: [Unicode.Scalar: String] = [
  "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;",
]

/// The markup of CommonMark, of GitHub's tables and strikethrough, and of Jupyter's formulas.
private let markupAnywhere: Set<Unicode.Scalar> = [
  "\\", "`", "*", "_", "[", "]", "<", "&", "$", "|", "~",
]
