import SystemSupport

extension TerminalPage {
  /// One line of Markdown, without its markup, on one row.
  func line(_ markdown: String) -> String { Markdown.plainText(of: markdown).terminalLine }

  /// Markdown as wrapped lines.
  func prose(_ markdown: String, indent: String) -> String {
    Markdown.blocks(of: markdown).map { block(of: $0, indent: indent) }.joined(separator: "\n\n")
  }

  /// The words of a text without markup.
  func words(_ text: String) -> [String] {
    text.split { $0 == " " || $0 == "\n" }.map(String.init)
  }

  private func block(of block: Markdown.Block, indent: String) -> String {
    switch block {
    case .paragraph(let inlines):
      return wrapped(words(inlines), width: style.width, indent: indent)
    case .list(let isNumbered, let items):
      return items.enumerated().map { index, item in
        let mark = isNumbered ? "\(index + 1). " : "• "
        let inner = indent + String(repeating: " ", count: mark.count)
        return wrapped(words(item), width: style.width, indent: inner, first: indent + mark)
      }.joined(separator: "\n")
    }
  }

  /// Words with their colors, so that lines can be broken between them. Inlines without a space
  /// between them stay one word.
  func words(_ inlines: [Markdown.Inline]) -> [String] {
    var result: [String] = []
    var isOpen = false
    for (text, paint) in pieces(inlines, []) {
      let parts = text.split(separator: " ", omittingEmptySubsequences: false)
      for (index, part) in parts.enumerated() {
        if index > 0 { isOpen = false }
        guard !part.isEmpty else { continue }
        let painted = paint.reduce(String(part)) { style.ink($0, $1) }
        if isOpen, !result.isEmpty {
          result[result.count - 1] += painted
        } else {
          result.append(painted)
        }
        isOpen = true
      }
    }
    return result
  }

  private func pieces(
    _ inlines: [Markdown.Inline], _ inks: [TerminalStyle.Ink]
  ) -> [(String, [TerminalStyle.Ink])] {
    inlines.flatMap { inline -> [(String, [TerminalStyle.Ink])] in
      switch inline {
      case .text(let text): [(text.terminalLine, inks)]
      case .code(let text): [(text.terminalLine, inks + [.cyan])]
      case .formula(let latex): [(Markdown.formulaText(latex).terminalLine, inks)]
      case .strong(let inner): pieces(inner, inks + [.bold])
      case .emphasis(let inner): pieces(inner, inks + [.italic])
      case .link(let inner, let target):
        pieces(inner, inks + [.underline]) + [(" (\(target))".terminalLine, inks)]
      }
    }
  }
}
