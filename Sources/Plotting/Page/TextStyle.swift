import Foundation

/// A text style of the figures. The typeface is DejaVu Sans.
struct TextStyle: Equatable {
  /// The size in points. At gnuplot's 96 dots per inch a point is 4/3 of a pixel.
  let points: Double
  let isBold: Bool
  /// From one line to the next, in pixels.
  let lineHeight: Int

  static let title = TextStyle(points: 22, isBold: true, lineHeight: 40)
  /// Above one panel of a sheet.
  static let panelTitle = TextStyle(points: 18, isBold: true, lineHeight: 32)
  /// Ticks, axis labels, legends.
  static let body = TextStyle(points: 18, isBold: false, lineHeight: 30)
  static let note = TextStyle(points: 15, isBold: false, lineHeight: 26)

  /// As a gnuplot font.
  var font: String { "\"DejaVu Sans\(isBold ? " Bold" : ""),\(Int(points))\"" }

  /// The width of a line of text in pixels, from the advance widths of the typeface.
  func width(_ text: String) -> Double {
    let regular = text.reduce(0) { $0 + Self.advance($1) } * points * 4 / 3
    return isBold ? regular * Self.boldRatio : regular
  }

  /// `text` in lines that are at most `limit` pixels wide. A longer word has a line of its own.
  func wrapped(_ text: String, toWidth limit: Double) -> [String] {
    text.isEmpty ? [] : Plotting.wrapped(text) { width($0) <= limit }
  }

  /// The width of DejaVu Sans Bold relative to the regular face, for usual texts.
  private static let boldRatio = 1.16

  private static func advance(_ character: Character) -> Double {
    if let known = advances[character] { return known }
    // An accent does not change the width. Any other character counts as wide.
    let base = String(character).decomposedStringWithCanonicalMapping.unicodeScalars.first
    return base.flatMap { advances[Character($0)] } ?? 0.84
  }

  /// Advance widths of DejaVu Sans 2.37, in em.
  private static let advances: [Character: Double] = {
    let groups: [(hundredths: Double, characters: String)] = [
      (28, "'’‘ijl"), (29, "IJ"), (32, " ,.\u{a0}"), (34, "/:;\\|"), (35, "f"), (36, "-‑"),
      (39, "()[]t"), (40, "!⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"), (41, "r"), (46, "\""), (50, "*_`–"),
      (52, "sz“”"), (53, "?⁻⁺"), (55, "c"), (56, "L"), (58, "Fk"), (59, "vxyλ•"), (60, "Pπ"),
      (62, "TYaoeθ«»"), (64, "ESbdghnpqu$0123456789{}βμσ√"), (66, "Kα"), (68, "AVΔ"), (69, "BRXZ"),
      (70, "C"), (73, "U"), (75, "HN"), (78, "DG&"), (79, "OQ"), (82, "w"),
      (84, "#+<=>^~×≤≥≈∞→←−"), (86, "M"), (95, "%"), (98, "m"), (99, "W"), (100, "@—…"), (32, "·"),
    ]
    return Dictionary(
      uniqueKeysWithValues: groups.flatMap { group in
        group.characters.map { ($0, group.hundredths / 100) }
      })
  }()
}
