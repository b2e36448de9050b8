import SystemSupport

/// Parts of a record as Markdown for other programs: CommonMark, GitHub, Jupyter.
///
/// The texts of a record are written in the subset of Markdown that `Markdown` reads. Everything
/// that is text there must stay text elsewhere: HTML, formulas, tables.
enum MarkdownText {
  /// Paragraphs and lists.
  static func prose(_ markdown: String) -> String {
    Markdown.blocks(of: markdown).map { block in
      switch block {
      case .paragraph(let inlines): text(inlines, startsLine: true)
      case .list(let isNumbered, let items):
        items.enumerated().map { index, item in
          (isNumbered ? "\(index + 1). " : "- ") + text(item, startsLine: true)
        }.joined(separator: "\n")
      }
    }.joined(separator: "\n\n")
  }

  /// One line, with something before it.
  static func line(_ markdown: String, inTable: Bool = false) -> String {
    text(Markdown.inlines(of: markdown), startsLine: false, inTable: inTable)
  }

  /// Text that is not Markdown, for instance the sentence of an error. Its line breaks stay.
  static func lines(_ plain: String) -> String {
    plain.terminalLines.split(separator: "\n", omittingEmptySubsequences: false)
      .map { String($0).markdownText() }.joined(separator: "  \n")
  }

  static func text(
    _ inlines: [Markdown.Inline], startsLine: Bool, inTable: Bool = false
  ) -> String {
    var result = ""
    for inline in inlines {
      switch inline {
      case .text(let text):
        result += text.markdownText(startsLine: startsLine && result.isEmpty)
      case .code(let text):
        // A table is divided into cells before code is recognized.
        let code = text.markdownCode
        result += inTable ? code.replacing("|", with: "\\|") : code
      case .formula(let latex):
        let formula = self.formula(latex).map { "$\($0)$" } ?? latex.markdownCode
        result += inTable ? formula.replacing("|", with: "\\vert ") : formula
      case .strong(let inner):
        result += "**" + self.text(inner, startsLine: false, inTable: inTable) + "**"
      case .emphasis(let inner):
        result += "*" + self.text(inner, startsLine: false, inTable: inTable) + "*"
      case .link(let inner, let target):
        let title = self.text(inner, startsLine: false, inTable: inTable)
        // `![title](target)` would be a picture, of any file.
        if result.hasSuffix("!") { result = String(result.dropLast()) + "\\!" }
        result += "[\(title)](\(address(target)))"
      }
    }
    return result
  }

  /// LaTeX for the typesetter of another program, which does not know our own names; nil if it is
  /// none, so that no foreign text runs there. Programs that read no formulas see no tag and no
  /// link.
  static func formula(_ latex: String) -> String? {
    guard (try? MathNode(latex: latex)) != nil else { return nil }
    let replaced = [
      ("<", "\\lt "), (">", "\\gt "), ("](", "] ("), ("\\softmax", "\\operatorname{softmax}"),
    ]
    return replaced.reduce(latex) { text, pair in
      text.contains(pair.0) ? text.replacing(pair.0, with: pair.1) : text
    }.terminalLine
  }

  /// The target of a link or of a picture. What could end it is written in percent.
  static func address(_ target: String) -> String {
    target.unicodeScalars.map { scalar in
      let isPlain =
        scalar.isASCII && scalar.value > 0x20 && scalar.value < 0x7F
        && !"()<>[]\\`|\"*$".unicodeScalars.contains(scalar)
      return isPlain
        ? String(scalar)
        : String(scalar).utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }.joined()
  }

  /// A block of code whose fence is longer than any run of backticks in it.
  static func fenced(_ text: String, _ language: String) -> String {
    let text = text.terminalLines
    let longest = text.unicodeScalars.split { $0 != "`" }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: max(3, longest + 1))
    let body = text.hasSuffix("\n") ? text : text + "\n"
    return fence + language + "\n" + body + fence
  }

  static func quoted(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? ">" : "> \($0)" }.joined(separator: "\n")
  }
}
