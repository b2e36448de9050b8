import Foundation
import SystemSupport

/// Markdown as HTML.
package func htmlProse(_ markdown: String) -> String {
  Markdown.blocks(of: markdown).map { block in
    switch block {
    case .paragraph(let inlines): return "<p>\(htmlInlines(inlines))</p>\n"
    case .list(let isNumbered, let items):
      let tag = isNumbered ? "ol" : "ul"
      let body = items.map { "<li>\(htmlInlines($0))</li>" }.joined(separator: "\n")
      return "<\(tag)>\n\(body)\n</\(tag)>\n"
    }
  }.joined()
}

/// One line of Markdown as HTML, without a paragraph around it.
func htmlLine(_ markdown: String) -> String { htmlInlines(Markdown.inlines(of: markdown)) }

/// Inline parts as HTML.
///
/// A formula stays on one line with the punctuation after it: a browser may break the line between.
func htmlInlines(_ inlines: [Markdown.Inline]) -> String {
  var inlines = inlines
  return inlines.indices.map { index in
    switch inlines[index] {
    case .text(let text): return text.htmlText
    case .code(let text): return "<code>\(text.htmlText)</code>"
    case .formula(let latex):
      let formula =
        (try? MathNode(latex: latex)).map { "<math>\($0.mathML)</math>" }
        ?? "<code>\(latex.htmlText)</code>"
      guard index + 1 < inlines.count, case .text(let next) = inlines[index + 1] else {
        return formula
      }
      let mark = next.prefix { ",.;:?!)’”%".contains($0) }
      if mark.isEmpty { return formula }
      inlines[index + 1] = .text(String(next.dropFirst(mark.count)))
      return "<span class=\"whole\">\(formula)\(String(mark).htmlText)</span>"
    case .strong(let inner): return "<strong>\(htmlInlines(inner))</strong>"
    case .emphasis(let inner): return "<em>\(htmlInlines(inner))</em>"
    case .link(let inner, let target):
      return "<a href=\"\(target.htmlText)\">\(htmlInlines(inner))</a>"
    }
  }.joined()
}

/// Swift source as HTML, line by line, with a CSS class for each role.
func htmlCodeLines(_ source: String) -> [String] {
  let classes: [CodeRole: String] = [
    .keyword: "k", .type: "t", .string: "s", .number: "n", .comment: "c",
  ]
  var lines = [""]
  for piece in highlighted(source) {
    let parts = piece.text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if index > 0 { lines.append("") }
      guard !part.isEmpty else { continue }
      let text = String(part).htmlText
      lines[lines.count - 1] +=
        classes[piece.role].map { "<span class=\"\($0)\">\(text)</span>" } ?? text
    }
  }
  return lines
}

/// An equation as MathML, in pieces that can stand below each other; as code, if it cannot be read.
func htmlEquation(_ latex: String) -> String {
  guard let node = try? MathNode(latex: latex) else { return "<code>\(latex.htmlText)</code>" }
  let pieces = node.pieces.map { "<math display=\"block\">\($0.mathML)</math>" }
  return "<div class=\"pieces\">\(pieces.joined())</div>"
}

/// A figure with the bytes of its file; the caption is the alternative text.
func htmlImage(_ figure: FigureFile, _ data: Data) -> String {
  """
  <img src="data:image/png;base64,\(data.base64EncodedString())" \
  width="\(figure.pixelWidth)" height="\(figure.pixelHeight)" \
  alt="\(Markdown.plainText(of: figure.caption).htmlText)">
  """
}

/// Why a run is not complete; empty for a finished one.
func stopParagraph(_ state: RunState) -> String {
  state.sentence.map { "<p class=\"stop\">\($0.htmlText)</p>" } ?? ""
}

/// A number with its unit, without a line break between the two.
func unbroken(_ text: String) -> String {
  [" %", " ×", " s", " ms", " MB", " GB", " kB", " bytes"].reduce(text.htmlText) {
    $0.replacingOccurrences(of: $1, with: "\u{A0}" + $1.dropFirst())
  }
}
