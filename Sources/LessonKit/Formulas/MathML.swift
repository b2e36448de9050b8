import SystemSupport

extension MathNode {
  /// As presentation MathML, in the elements of MathML Core, without the `math` element around it.
  package var mathML: String {
    switch self {
    case .row(let parts): "<mrow>\(Self.spaced(parts))</mrow>"
    case .variable(let letter): "<mi>\(letter.htmlText)</mi>"
    // One upright letter would be set in italics.
    case .name(let name):
      "<mi\(name.count == 1 ? " mathvariant=\"normal\"" : "")>\(name.htmlText)</mi>"
    case .number(let digits): "<mn>\(digits.htmlText)</mn>"
    // Spaces at the ends of an element are not drawn.
    case .text(let words): "<mtext>\(words.replacing(" ", with: "\u{A0}").htmlText)</mtext>"
    case .sign(let sign): sign.signML
    case .space(let width): "<mspace width=\"\(Self.em(width))\"></mspace>"
    case .fraction(let top, let bottom): "<mfrac>\(top.one)\(bottom.one)</mfrac>"
    case .binomial(let top, let bottom):
      "<mrow><mo>(</mo><mfrac linethickness=\"0\">\(top.one)\(bottom.one)</mfrac><mo>)</mo></mrow>"
    case .root(let content): "<msqrt>\(content.mathML)</msqrt>"
    // The sign of a prime is raised already.
    case .scripts(let base, lower: nil, upper: .sign("′"), areLimits: false):
      "<mrow>\(base.mathML)<mo lspace=\"0\" rspace=\"0\">′</mo></mrow>"
    case .scripts(let base, let lower, let upper, let areLimits):
      Self.scripts(base.one, lower?.one, upper?.one, areLimits)
    case .fenced(let open, let content, let close):
      "<mrow>\(Self.bracket(open))\(content.mathML)\(Self.bracket(close))</mrow>"
    }
  }

  /// The parts, with a thin space between a name such as "max" and what it applies to.
  private static func spaced(_ parts: [MathNode]) -> String {
    parts.indices.map { index in
      let isApart = index > 0 && parts[index - 1].isFunction && !parts[index].isBracket
      return (isApart ? "<mspace width=\"0.17em\"></mspace>" : "") + parts[index].mathML
    }.joined()
  }

  private var isFunction: Bool {
    switch self {
    case .name: true
    case .scripts(let base, _, _, let areLimits): areLimits || base.isFunction
    default: false
    }
  }

  private var isBracket: Bool {
    switch self {
    case .sign(let sign): !"−Σ".contains(sign)
    case .fenced, .space: true
    default: false
    }
  }

  /// As exactly one element, which the places of a fraction or a script need.
  private var one: String {
    if case .row = self { mathML } else { "<mrow>\(mathML)</mrow>" }
  }

  private static func scripts(
    _ base: String, _ lower: String?, _ upper: String?, _ areLimits: Bool
  ) -> String {
    switch (lower, upper) {
    case (let lower?, let upper?):
      areLimits
        ? "<munderover>\(base)\(lower)\(upper)</munderover>"
        : "<msubsup>\(base)\(lower)\(upper)</msubsup>"
    case (let lower?, nil):
      areLimits ? "<munder>\(base)\(lower)</munder>" : "<msub>\(base)\(lower)</msub>"
    case (nil, let upper?):
      areLimits ? "<mover>\(base)\(upper)</mover>" : "<msup>\(base)\(upper)</msup>"
    case (nil, nil): base
    }
  }

  private static func bracket(_ sign: String) -> String {
    sign.isEmpty ? "" : "<mo fence=\"true\" stretchy=\"true\">\(sign.htmlText)</mo>"
  }

  private static func em(_ eighteenths: Int) -> String {
    let hundredths = eighteenths * 100 / 18
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)em"
  }
}

extension String {
  /// A sign as an operator. Brackets outside `\left` keep the size of the text; the large signs are
  /// those of MathML's dictionary.
  fileprivate var signML: String {
    switch self {
    case "Σ": "<mo largeop=\"true\">∑</mo>"
    case "Π": "<mo largeop=\"true\">∏</mo>"
    case "(", ")", "[", "]", "|", "⟨", "⟩", "⌊", "⌋", "⌈", "⌉", "{", "}":
      "<mo stretchy=\"false\">\(htmlText)</mo>"
    case "/": "<mo lspace=\"0.08em\" rspace=\"0.08em\">/</mo>"
    default: "<mo>\(htmlText)</mo>"
    }
  }
}
