import Foundation

/// Text as HTML. The five special characters become entities.
func escaped(_ text: String) -> String {
  var result = ""
  result.reserveCapacity(text.utf8.count)
  for character in text {
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    default: result.append(character)
    }
  }
  return result
}

/// Markdown as HTML.
package func htmlProse(_ markdown: String) -> String {
  Markdown.blocks(of: markdown).map { block in
    switch block {
    case .paragraph(let inlines): return "<p>\(html(inlines))</p>\n"
    case .list(let isNumbered, let items):
      let tag = isNumbered ? "ol" : "ul"
      let body = items.map { "<li>\(html($0))</li>" }.joined(separator: "\n")
      return "<\(tag)>\n\(body)\n</\(tag)>\n"
    }
  }.joined()
}

/// One line of Markdown as HTML, without a paragraph around it.
func htmlLine(_ markdown: String) -> String { html(Markdown.inlines(of: markdown)) }

private func html(_ inlines: [Markdown.Inline]) -> String {
  inlines.map { inline in
    switch inline {
    case .text(let text): escaped(text)
    case .code(let text): "<code>\(escaped(text))</code>"
    case .strong(let inner): "<strong>\(html(inner))</strong>"
    case .emphasis(let inner): "<em>\(html(inner))</em>"
    case .link(let inner, let target): "<a href=\"\(escaped(target))\">\(html(inner))</a>"
    }
  }.joined()
}

/// Swift source as HTML, with a CSS class for each role.
func htmlCode(_ source: String) -> String {
  let classes: [CodeRole: String] = [
    .keyword: "k", .type: "t", .string: "s", .number: "n", .comment: "c",
  ]
  return highlighted(source).map { piece in
    guard let name = classes[piece.role] else { return escaped(piece.text) }
    return "<span class=\"\(name)\">\(escaped(piece.text))</span>"
  }.joined()
}

/// A number with its unit, without a line break between the two.
func unbroken(_ text: String) -> String {
  [" %", " ×", " s", " ms", " MB", " GB", " kB", " bytes"].reduce(escaped(text)) {
    $0.replacingOccurrences(of: $1, with: "\u{A0}" + $1.dropFirst())
  }
}
