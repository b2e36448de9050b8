/// Text that is not ours: a learner's progress, the name of a file, a corpus, a record from somebody
/// else, the output of another program, an argument.
///
/// It can contain characters that control a terminal, that are invisible, or that reverse the order
/// of a line. For each output there is one member that makes such a text harmless: `terminalLine`,
/// `terminalLines`, `htmlText`, `markdownText`, `markdownCode`, `shellWord`. All of them look at
/// Unicode scalars. Characters are not enough: `<` with a combining mark is one `Character`, which
/// is not equal to `<`.
extension String {
  /// The text for one row of a terminal. A control character, a line break too, and an invisible
  /// character become visible as their number: `\u{9B}`.
  public var terminalLine: String { visible() }

  /// The text for several rows of a terminal. Line breaks stay, and a tab becomes spaces up to the
  /// next multiple of eight columns.
  public var terminalLines: String {
    guard unicodeScalars.contains(where: \.isHidden) else { return self }
    return unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let isWindowsLine = line.last == "\r" && line.endIndex < unicodeScalars.endIndex
      return Self.withoutTabs(isWindowsLine ? line.dropLast() : line)
    }.joined(separator: "\n")
  }

  private static func withoutTabs(_ line: Substring.UnicodeScalarView) -> String {
    var (result, columns) = ("", 0)
    let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      let shown = String(part).visible()
      result += shown
      guard index < parts.count - 1 else { break }
      columns += shown.terminalColumns
      let gap = 8 - columns % 8
      result += String(repeating: " ", count: gap)
      columns += gap
    }
    return result
  }

  /// The text with its hidden characters, except for those of `kept`, as their numbers.
  /// - Complexity: linear in the length.
  func visible(keeping kept: [Unicode.Scalar] = []) -> String {
    guard unicodeScalars.contains(where: { $0.isHidden && !kept.contains($0) }) else { return self }
    let scalars = Array(unicodeScalars)
    var result = String.UnicodeScalarView()
    result.reserveCapacity(scalars.count)
    for (index, scalar) in scalars.enumerated() {
      if scalar.isHidden, !kept.contains(scalar), !joinsEmoji(scalars, index) {
        result.append(each: scalar.numbered)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}

extension Unicode.Scalar {
  /// Whether the scalar controls a terminal or the order of a line, or is invisible: C0, DEL, C1,
  /// line separators, bidirectional controls, characters of no width. Variation selectors 15 and 16,
  /// which choose between text and emoji, are not hidden.
  var isHidden: Bool {
    switch value {
    case 0x20...0x7E: return false
    case 0...0x9F: return true
    case 0xA0...0xAC, 0xAE...0x2FF, 0xFE0E, 0xFE0F: return false
    // Interlinear annotations.
    case 0xFFF9...0xFFFB: return true
    default: break
    }
    switch properties.generalCategory {
    case .lineSeparator, .paragraphSeparator, .control: return true
    default: return properties.isDefaultIgnorableCodePoint || properties.isBidiControl
    }
  }

  /// `\u{9B}`.
  var numbered: String { "\\u{\(String(value, radix: 16, uppercase: true))}" }

  fileprivate var isEmoji: Bool { value > 0xFF && properties.isEmoji }
}

extension String.UnicodeScalarView {
  /// Appends a text in time linear in its length. `append(contentsOf:)` copies what is there already.
  mutating func append(each text: String) {
    for scalar in text.unicodeScalars { append(scalar) }
  }
}

/// Whether this is a zero-width joiner between two emoji, as in a family.
private func joinsEmoji(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
  guard scalars[index].value == 0x200D, index > 0, index + 1 < scalars.count else { return false }
  let before = scalars[index - 1]
  return (before.isEmoji || before.value == 0xFE0F) && scalars[index + 1].isEmoji
}
