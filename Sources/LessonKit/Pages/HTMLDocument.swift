import Foundation
import SystemSupport

/// A whole HTML page: a body, with the head and the style that all pages share. It has no scripts
/// and loads no other files.
/// - Parameters:
///   - title: Text without markup.
///   - style: CSS that is added to that of all pages.
///   - body: HTML.
/// - Returns: the HTML.
func document(title: String, style: String = "", body: String) -> String {
  """
  <!doctype html>
  <html lang="en">
  <head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  \(documentMark)
  <meta http-equiv="Content-Security-Policy" \
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
  <title>\(title.htmlText)</title>
  <link rel="icon" href="data:,">
  <style>
  \(styleSheet)\(style)
  </style>
  </head>
  <body>
  \(body)
  </body>
  </html>

  """
}

/// Marks a page as written by `lab`, which replaces no other.
let documentMark = "<meta name=\"generator\" content=\"LongContextLab\">"

/// The colors, and `page.css`, which is compiled into the program.
private let styleSheet = """
  :root { color-scheme: light dark; \(PagePalette.light.declarations) }
  @media (prefers-color-scheme: dark) { :root { \(PagePalette.dark.declarations) } }
  @media print { :root { color-scheme: light; \(PagePalette.light.declarations) } }
  \(String(decoding: PackageResources.page_css, as: UTF8.self))
  """

/// The colors of the pages, light and dark. Every pair of text and background has a contrast of at
/// least 4.5; a test checks it.
package struct PagePalette: Sendable {
  package var ground, panel, line, text, quiet, accent: String
  package var keyword, type, string, number, comment: String
  package var holds, fails, unchecked: String

  package static let light = PagePalette(
    ground: "#fdfcfa", panel: "#f4f2ed", line: "#dcd8cf", text: "#22282e", quiet: "#5b646d",
    accent: "#1d5c8f", keyword: "#8a2f74", type: "#1b6470", string: "#2f6b2b", number: "#8a4b00",
    comment: "#62686e", holds: "#1f6b35", fails: "#b02a2a", unchecked: "#5b646d")

  package static let dark = PagePalette(
    ground: "#15191e", panel: "#1d2229", line: "#38414b", text: "#e4e7ea", quiet: "#a3adb7",
    accent: "#8ec4f0", keyword: "#e2a0d3", type: "#86cfd6", string: "#a5d39b", number: "#e8ba82",
    comment: "#98a2ac", holds: "#86d396", fails: "#ff9d95", unchecked: "#a3adb7")

  /// As CSS variables.
  var declarations: String {
    let named = [
      ("ground", ground), ("panel", panel), ("line", line), ("text", text), ("quiet", quiet),
      ("accent", accent), ("keyword", keyword), ("type", type), ("string", string),
      ("number", number), ("comment", comment), ("holds", holds), ("fails", fails),
      ("unchecked", unchecked),
    ]
    return named.map { "--\($0): \($1);" }.joined(separator: " ")
  }

  /// The pairs of text and background that occur on a page.
  package var textPairs: [(name: String, text: String, ground: String)] {
    let onBoth = [
      ("text", text), ("quiet", quiet), ("accent", accent), ("holds", holds), ("fails", fails),
      ("unchecked", unchecked),
    ]
    let code = [
      ("keyword", keyword), ("type", type), ("string", string), ("number", number),
      ("comment", comment),
    ]
    return onBoth.flatMap { [($0, $1, ground), ($0, $1, panel)] } + code.map { ($0, $1, panel) }
  }
}
