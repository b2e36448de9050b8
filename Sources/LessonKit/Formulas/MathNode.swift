/// A formula as a tree, read from LaTeX.
///
/// The subset: letters, numbers and signs (also as Unicode characters), `_` and `^`, `'`, groups in
/// braces, `\frac`, `\binom`, `\sqrt`, `\text`, `\mathrm`, `\mathbf`, `\operatorname`, `\left` and
/// `\right`, spaces (`\,`, `\;`, `\quad`), Greek letters, and the names in `MathSymbols`. Everything
/// else is an error, so that no formula is shown in part.
package indirect enum MathNode: Equatable {
  case row([MathNode])
  /// A variable; one letter, in italics.
  case variable(String)
  /// A name of several letters, such as "softmax", upright.
  case name(String)
  case number(String)
  /// Words.
  case text(String)
  case sign(String)
  /// A space, in eighteenths of an em, as LaTeX counts.
  case space(Int)
  case fraction(MathNode, MathNode)
  case binomial(MathNode, MathNode)
  case root(MathNode)
  /// Subscript and superscript. Those of a sum or a maximum are limits: below and above it.
  case scripts(MathNode, lower: MathNode?, upper: MathNode?, areLimits: Bool)
  /// Brackets that are as high as their content.
  case fenced(String, MathNode, String)
}

/// Why a formula cannot be read.
package struct MathError: Error, Equatable, CustomStringConvertible {
  package let description: String
}

extension MathNode {
  /// Reads a formula. Time and memory are linear in its length.
  /// - Parameter latex: The formula, without dollar signs.
  /// - Throws: `MathError` with the place, if there is something outside the subset.
  package init(latex: String) throws(MathError) {
    var reader = MathReader(latex)
    self = try reader.formula()
  }
}

/// The signs and names that formulas use, by their LaTeX command.
enum MathSymbols {
  /// Variables and letters.
  static let letters: [String: String] = [
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "theta": "θ",
    "lambda": "λ", "mu": "μ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ",
    "omega": "ω", "Delta": "Δ", "Sigma": "Σ", "Omega": "Ω", "ell": "ℓ", "infty": "∞",
    "partial": "∂",
  ]
  static let signs: [String: String] = [
    "cdot": "·", "times": "×", "circ": "∘", "odot": "⊙", "le": "≤", "ge": "≥", "ne": "≠",
    "approx": "≈", "in": "∈", "propto": "∝", "to": "→", "mapsto": "↦", "ldots": "…", "cdots": "⋯",
    "pm": "±", "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈",
    "rceil": "⌉", "mid": "|", "{": "{", "}": "}", "%": "%",
  ]
  /// Names that are printed upright, with limits below them or not.
  static let names: [String: Bool] = [
    "max": true, "min": true, "exp": false, "ln": false, "log": false, "sin": false, "cos": false,
    "softmax": false,
  ]
  /// Large signs with limits.
  static let large: [String: String] = ["sum": "Σ", "prod": "Π"]
  static let spaces: [String: Int] = [",": 3, ":": 4, ";": 5, " ": 6, "quad": 18, "qquad": 36]
}

private struct MathReader {
  private let scalars: [Unicode.Scalar]
  private var index = 0
  /// Groups may be nested this deep, so that no text exhausts the stack.
  private var depth = 0
  private static let deepest = 40

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  mutating func formula() throws(MathError) -> MathNode {
    let row = try row()
    guard index == scalars.count else { throw problem("“\(scalars[index])” closes nothing") }
    return row
  }

  private func problem(_ what: String) -> MathError {
    let before = String(String.UnicodeScalarView(scalars[..<min(index, scalars.count)].suffix(24)))
    return MathError(description: "\(what), after “\(before)”")
  }

  /// Parts up to the end, a closing brace or `\right`.
  private mutating func row() throws(MathError) -> MathNode {
    try enter()
    defer { depth -= 1 }
    var parts: [MathNode] = []
    while index < scalars.count, scalars[index] != "}", !isCommand("right") {
      if scalars[index].properties.isWhitespace {
        index += 1
      } else {
        parts.append(try scripted())
      }
    }
    return parts.count == 1 ? parts[0] : .row(parts)
  }

  private mutating func enter() throws(MathError) {
    guard depth < Self.deepest else { throw problem("more than \(Self.deepest) nested groups") }
    depth += 1
  }

  private func isCommand(_ name: String) -> Bool {
    let word = Array(("\\" + name).unicodeScalars)
    let end = index + word.count
    guard end <= scalars.count, scalars[index..<end].elementsEqual(word) else { return false }
    return end == scalars.count || !Self.isLatin(scalars[end])
  }

  /// A part with what is written below and above it.
  private mutating func scripted() throws(MathError) -> MathNode {
    let base = try atom()
    var (lower, upper): (MathNode?, MathNode?)
    var primes: [MathNode] = []
    scripts: while index < scalars.count {
      switch scalars[index] {
      case "_" where lower == nil:
        index += 1
        lower = try argument()
      case "^" where upper == nil:
        index += 1
        upper = try argument()
      case "'":
        index += 1
        primes.append(.sign("′"))
      case "_", "^": throw problem("two scripts of one kind at one place")
      case let scalar where scalar.properties.isWhitespace:
        let next = scalars[index...].firstIndex { !$0.properties.isWhitespace }
        guard let next, "_^'".unicodeScalars.contains(scalars[next]) else { break scripts }
        index = next
      default: break scripts
      }
    }
    let above = (upper.map { [$0] } ?? []) + primes
    return scripts(base, lower, above.isEmpty ? nil : above.count == 1 ? above[0] : .row(above))
  }

  private func scripts(_ base: MathNode, _ lower: MathNode?, _ upper: MathNode?) -> MathNode {
    guard lower != nil || upper != nil else { return base }
    let areLimits =
      switch base {
      case .name(let name): MathSymbols.names[name] == true
      case .sign(let sign): MathSymbols.large.values.contains(sign)
      default: false
      }
    return .scripts(base, lower: lower, upper: upper, areLimits: areLimits)
  }

  /// What a script or a command applies to: a group or one part.
  private mutating func argument() throws(MathError) -> MathNode {
    try enter()
    defer { depth -= 1 }
    skipSpaces()
    guard index < scalars.count else { throw problem("something is missing at the end") }
    return scalars[index] == "{" ? try group() : try atom()
  }

  private mutating func group() throws(MathError) -> MathNode {
    index += 1
    let content = try row()
    guard index < scalars.count, scalars[index] == "}" else { throw problem("a “}” is missing") }
    index += 1
    return content
  }

  private mutating func atom() throws(MathError) -> MathNode {
    let scalar = scalars[index]
    switch scalar {
    case "{": return try group()
    case "}", "_", "^", "&", "#", "$", "~", "`": throw problem("“\(scalar)” is not expected")
    case "\\": return try command()
    case "0"..."9": return number()
    case "-":
      index += 1
      return .sign("−")
    case "*":
      index += 1
      return .sign("∗")
    default:
      index += 1
      return scalar.properties.isAlphabetic ? .variable(String(scalar)) : .sign(String(scalar))
    }
  }

  /// Digits, with a comma or a point between two of them.
  private mutating func number() -> MathNode {
    func isDigit(_ place: Int) -> Bool {
      place < scalars.count && ("0"..."9").contains(scalars[place])
    }
    let first = index
    while isDigit(index) || (index > first && ",.".unicodeScalars.contains(scalars[index])) {
      if !isDigit(index), !isDigit(index + 1) { break }
      index += 1
      if index == scalars.count { break }
    }
    return .number(string(first..<index))
  }

  private mutating func command() throws(MathError) -> MathNode {
    index += 1
    guard index < scalars.count else { throw problem("a command without a name") }
    let first = index
    index += 1
    if Self.isLatin(scalars[first]) {
      while index < scalars.count, Self.isLatin(scalars[index]) { index += 1 }
    }
    let name = string(first..<index)
    if let letter = MathSymbols.letters[name] { return .variable(letter) }
    if let sign = MathSymbols.signs[name] ?? MathSymbols.large[name] { return .sign(sign) }
    if MathSymbols.names[name] != nil { return .name(name) }
    if let space = MathSymbols.spaces[name] { return .space(space) }
    switch name {
    case "frac": return .fraction(try argument(), try argument())
    case "binom": return .binomial(try argument(), try argument())
    case "sqrt": return .root(try argument())
    case "text": return .text(try words())
    case "mathrm", "operatorname", "mathbf": return .name(try words())
    case "top": return .name("T")
    case "left": return try fenced()
    default: throw problem("“\\\(name)” is not one of the commands that formulas may use")
    }
  }

  private mutating func fenced() throws(MathError) -> MathNode {
    let open = try bracket()
    let content = try row()
    guard isCommand("right") else { throw problem("a “\\right” is missing") }
    index += "\\right".unicodeScalars.count
    return .fenced(open, content, try bracket())
  }

  /// A bracket; "." for none.
  private mutating func bracket() throws(MathError) -> String {
    skipSpaces()
    guard index < scalars.count else { throw problem("a bracket is missing") }
    if scalars[index] == "\\" {
      guard case .sign(let sign) = try command() else { throw problem("this is no bracket") }
      return sign
    }
    let scalar = scalars[index]
    guard "()[]|.".unicodeScalars.contains(scalar) else {
      throw problem("“\(scalar)” is no bracket")
    }
    index += 1
    return scalar == "." ? "" : String(scalar)
  }

  /// The text of a group, as it is.
  private mutating func words() throws(MathError) -> String {
    skipSpaces()
    guard index < scalars.count, scalars[index] == "{",
      let end = scalars[index...].firstIndex(of: "}")
    else { throw problem("words in braces are missing") }
    let text = string(index + 1..<end)
    guard !text.unicodeScalars.contains(where: { "\\{$<>`".unicodeScalars.contains($0) }) else {
      throw problem("a command or markup among words")
    }
    index = end + 1
    return text
  }

  private mutating func skipSpaces() {
    while index < scalars.count, scalars[index].properties.isWhitespace { index += 1 }
  }

  private func string(_ range: Range<Int>) -> String {
    String(String.UnicodeScalarView(scalars[range]))
  }

  private static func isLatin(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
  }
}
