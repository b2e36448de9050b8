extension MathNode {
  /// In one line of Unicode characters, for terminals: √d, n², e^(s − m).
  package var plainText: String {
    var text = Self.join(flattened)
    while text.hasPrefix(" ") { text.removeFirst() }
    while text.hasSuffix(" ") { text.removeLast() }
    return text
  }

  private var flattened: [MathNode] {
    if case .row(let parts) = self { parts.flatMap(\.flattened) } else { [self] }
  }

  /// Signs that stand between two things have a space on both sides.
  private static let spaced: Set<String> = [
    "=", "+", "−", "<", ">", "≤", "≥", "≠", "≈", "∈", "∝", "→", "↦", "×", "∘", "⊙", "±", "/",
  ]

  private static func join(_ parts: [MathNode]) -> String {
    var text = ""
    for (index, part) in parts.enumerated() {
      switch part {
      case .sign(let sign) where spaced.contains(sign):
        // A sign at the start or after another sign or bracket belongs to what follows.
        let isPrefix = index == 0 || parts[index - 1].endsWithOpening
        text += isPrefix ? sign : (text.hasSuffix(" ") ? "" : " ") + sign + " "
      case .sign(let sign) where sign == ",": text += ", "
      case .space(let width): text += width < 6 || text.hasSuffix(" ") ? "" : gap(width)
      case .name where index > 0 && parts[index - 1].isWordlike && !text.hasSuffix(" "),
        .text where index > 0 && parts[index - 1].isWordlike && !text.hasSuffix(" "):
        text += " " + part.inlineText
      default:
        if index > 0, parts[index - 1].needsSpaceBefore(part), !text.hasSuffix(" ") { text += " " }
        text += part.inlineText
      }
    }
    return text
  }

  private static func gap(_ width: Int) -> String { width < 18 ? " " : "    " }

  private var endsWithOpening: Bool {
    if case .sign(let sign) = self {
      "([{⟨|⌊⌈,=".contains(sign) || Self.spaced.contains(sign)
    } else {
      false
    }
  }

  private var isWordlike: Bool {
    switch self {
    case .name, .text, .variable, .number: true
    case .scripts(let base, _, _, _): base.isWordlike
    default: false
    }
  }

  /// A name such as "max" or "ln" is written apart from its argument, but not from a bracket.
  private func needsSpaceBefore(_ next: MathNode) -> Bool {
    let isName =
      switch self {
      case .name, .text: true
      case .scripts(.name, _, _, _): true
      case .scripts(.sign, _, _, areLimits: true): true
      default: false
      }
    guard isName else { return false }
    if case .sign(let sign) = next { return !"()[],.;:".contains(sign) }
    if case .fenced = next { return false }
    return true
  }

  private var inlineText: String {
    switch self {
    case .row: Self.join(flattened)
    case .variable(let text), .name(let text), .number(let text), .text(let text),
      .sign(let text):
      text
    case .space(let width): Self.gap(width)
    case .fraction(let top, let bottom): "\(top.asFactor) / \(bottom.asFactor)"
    case .binomial(let top, let bottom): "C(\(top.plainText), \(bottom.plainText))"
    case .root(let content): "√\(content.isSingle ? content.inlineText : "(\(content.plainText))")"
    case .scripts(let base, let lower, let upper, _):
      base.inlineText + (lower.map { Self.script($0, Self.lowered, "_") } ?? "")
        + (upper.map { Self.script($0, Self.raised, "^") } ?? "")
    case .fenced(let open, let content, let close): open + content.plainText + close
    }
  }

  /// In brackets, if it is a sum, which would be read in another way beside a fraction bar.
  private var asFactor: String {
    var depth = 0
    let isProduct = flattened.allSatisfy { part in
      guard case .sign(let sign) = part else { return true }
      if "([".contains(sign) { depth += 1 }
      if ")]".contains(sign) { depth -= 1 }
      return depth > 0 || "·()[]Σ".contains(sign)
    }
    return isProduct ? plainText : "(\(plainText))"
  }

  private var isSingle: Bool {
    switch self {
    case .variable, .number, .name: true
    default: false
    }
  }

  private static func script(
    _ node: MathNode, _ table: [Character: Character], _ mark: String
  ) -> String {
    let text = node.plainText
    let mapped = text.filter { $0 != " " }.map { table[$0] }
    if !mapped.contains(nil) { return String(mapped.compactMap { $0 }) }
    return mark + (node.isSingle ? text : "(\(text))")
  }

  private static let raised: [Character: Character] = [
    "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸",
    "9": "⁹", "−": "⁻", "T": "ᵀ", "′": "′",
  ]
  private static let lowered: [Character: Character] = [
    "0": "₀", "1": "₁", "2": "₂", "3": "₃", "4": "₄", "5": "₅", "6": "₆", "7": "₇", "8": "₈",
    "9": "₉", "i": "ᵢ", "j": "ⱼ", "t": "ₜ", "+": "₊", "−": "₋",
  ]
}

extension MathNode {
  /// The parts between wide spaces. A page may write them below each other, where it is narrow.
  var pieces: [MathNode] {
    guard case .row(let parts) = self else { return [self] }
    return parts.split {
      if case .space(let width) = $0 { width >= 18 } else { false }
    }.map { $0.count == 1 ? $0[$0.startIndex] : .row(Array($0)) }
  }
}
