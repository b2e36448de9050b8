/// The colors of the page on light or on dark ground. Every pair of text and ground that the page
/// puts together has a contrast of at least 4.5, which a test holds.
package struct PagePalette: Sendable {
  package var ground, panel, line, text, quiet, accent: String
  package var keyword, type, string, number, comment: String
  package var holds, fails, open: String

  package static let light = PagePalette(
    ground: "#fdfcfa", panel: "#f4f2ed", line: "#dcd8cf", text: "#22282e", quiet: "#5b646d",
    accent: "#1d5c8f", keyword: "#8a2f74", type: "#1b6470", string: "#2f6b2b", number: "#8a4b00",
    comment: "#62686e", holds: "#1f6b35", fails: "#b02a2a", open: "#5b646d")

  package static let dark = PagePalette(
    ground: "#15191e", panel: "#1d2229", line: "#38414b", text: "#e4e7ea", quiet: "#a3adb7",
    accent: "#8ec4f0", keyword: "#e2a0d3", type: "#86cfd6", string: "#a5d39b", number: "#e8ba82",
    comment: "#98a2ac", holds: "#86d396", fails: "#ff9d95", open: "#a3adb7")

  /// As CSS variables.
  var declarations: String {
    let named = [
      ("ground", ground), ("panel", panel), ("line", line), ("text", text), ("quiet", quiet),
      ("accent", accent), ("keyword", keyword), ("type", type), ("string", string),
      ("number", number), ("comment", comment), ("holds", holds), ("fails", fails), ("open", open),
    ]
    return named.map { "--\($0): \($1);" }.joined(separator: " ")
  }

  /// What may stand on which ground.
  package var textPairs: [(name: String, text: String, ground: String)] {
    let onBoth = [
      ("text", text), ("quiet", quiet), ("accent", accent), ("holds", holds), ("fails", fails),
      ("open", open),
    ]
    let code = [
      ("keyword", keyword), ("type", type), ("string", string), ("number", number),
      ("comment", comment),
    ]
    return onBoth.flatMap { [($0, $1, ground), ($0, $1, panel)] } + code.map { ($0, $1, panel) }
  }
}
