import Foundation

/// Lines of text as pen strokes, ready to be drawn at any place, size and turn.
///
/// Sizes are the height of ten units of `Glyphs`: a text of size 24 has capitals 17 pixels high.
struct Lettering {
  struct Point: Equatable {
    var x: Double
    var y: Double
  }

  struct Glyph {
    var width: Double
    /// Each stroke as a chain of straight pieces.
    var strokes: [[Point]]
  }

  /// How thick the pen is, in units.
  enum Weight: Double {
    case regular = 0.92
    case bold = 1.35
  }

  /// From one letter's outermost stroke to the next one's, middle to middle of the pen.
  private static func gap(_ weight: Weight) -> Double { weight.rawValue + 0.85 }
  private static let space = 2.0

  /// The width of a text in pixels.
  static func width(_ text: String, size: Double, weight: Weight = .regular) -> Double {
    let units = text.reduce(0) { $0 + glyph($1).width + gap(weight) }
    return max(units - gap(weight), 0) * size / 10
  }

  /// All strokes of a text, in units, beginning at the origin.
  static func strokes(_ text: String, weight: Weight = .regular) -> [[Point]] {
    let gap = gap(weight)
    var result: [[Point]] = []
    var left = 0.0
    for letter in text {
      let glyph = glyph(letter)
      result += glyph.strokes.map { $0.map { Point(x: $0.x + left, y: $0.y) } }
      left += glyph.width + gap
    }
    return result
  }

  /// Whether a letter is in the font; one that is not is drawn as an empty box.
  static func knows(_ letter: Character) -> Bool {
    letter == " " || all[letter] != nil
  }

  private static let box = Glyph(
    width: 4, strokes: [[(0, 0), (4, 0), (4, 7), (0, 7), (0, 0)].map { Point(x: $0.0, y: $0.1) }])

  private static func glyph(_ letter: Character) -> Glyph {
    if letter == " " || letter == "\u{a0}" { return Glyph(width: space, strokes: []) }
    if let known = all[letter] { return known }
    // A letter with an accent is better than a box.
    let plain = String(letter).decomposedStringWithCanonicalMapping.unicodeScalars.first
    return plain.flatMap { all[Character($0)] } ?? box
  }

  private static let all: [Character: Glyph] = {
    let tables = [Glyphs.small, Glyphs.capital, Glyphs.digits, Glyphs.signs, Glyphs.formula]
    var result: [Character: Glyph] = [:]
    for line in tables.flatMap({ $0.split(separator: "\n") }) {
      guard let letter = line.first else { continue }
      result[letter] = parsed(line.dropFirst())
    }
    for (copy, original) in zip("’‘“”µ‑", "''\"\"μ-") { result[copy] = result[original] }
    for (raised, original) in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789–+") {
      result[raised] = result[original].map { shrunk($0, lift: 3.6) }
    }
    for (lowered, original) in zip("₀₁₂₃₄₅₆₇₈₉", "0123456789") {
      result[lowered] = result[original].map { shrunk($0, lift: -1.4) }
    }
    return result
  }()

  private static func shrunk(_ glyph: Glyph, lift: Double) -> Glyph {
    Glyph(
      width: glyph.width * 0.6,
      strokes: glyph.strokes.map { $0.map { Point(x: $0.x * 0.6, y: $0.y * 0.6 + lift) } })
  }

  private static func parsed(_ line: Substring) -> Glyph {
    let words = line.split(separator: " ")
    let strokes = words.dropFirst().split(separator: "|").map { flattened(Array($0)) }
    return Glyph(width: words.first.flatMap { Double($0) } ?? 0, strokes: strokes)
  }

  /// Points, and curves cut into eight straight pieces: at the sizes of labels none is seen.
  private static func flattened(_ words: [Substring]) -> [Point] {
    var result: [Point] = []
    var control: Point?
    for word in words {
      let numbers = word.drop { $0 == "~" }.split(separator: ",").compactMap { Double($0) }
      guard numbers.count == 2 else { continue }
      let point = Point(x: numbers[0], y: numbers[1])
      if word.hasPrefix("~") {
        control = point
      } else if let bend = control, let start = result.last {
        result += (1...8).map { step in
          let t = Double(step) / 8
          let (a, b, c) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t)
          return Point(
            x: a * start.x + b * bend.x + c * point.x, y: a * start.y + b * bend.y + c * point.y)
        }
        control = nil
      } else {
        result.append(point)
      }
    }
    return result
  }
}
