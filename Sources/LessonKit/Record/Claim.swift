import Foundation

/// A sentence with a measured value and a bound; it holds or fails.
public struct Claim: Codable, Equatable, Sendable {
  public enum Kind: String, Codable, Sendable {
    /// What depends on the seed, the text or the machine: a time, a loss, a share of right answers,
    /// bytes that grow with the threads.
    case measured
    /// A law of code that runs, for every seed and on every machine: a count, an equality, or an
    /// equality up to rounding, with the rounding as its bound.
    case exact
    /// Arithmetic on published numbers. Nothing of it runs in the engine, so it is no finding: it
    /// is shown without a verdict and a bound, unless it fails.
    case derived
  }

  /// Names the claim within its lesson: small letters, digits and hyphens.
  public var id: String
  /// Markdown. The value stands where the text has `{}`, or behind the text.
  public var text: String
  public var kind: Kind
  /// The measured value; nil if nothing was measured.
  public var value: Double?
  /// The value of each seed, if `value` is the mean, the smallest or the largest of several.
  public var seedValues: [Double]
  /// The values of earlier runs with several seeds, from which the bound was chosen; nil if the
  /// bound follows from a law.
  public var pilotValues: [Double]?
  public var bound: Bound
  public var quantity: Quantity
  /// The smallest scale at which the claim is checked.
  public var minimumScale: Scale
  /// The scale of the run.
  public var scale: Scale

  package init(
    id: String, text: String, kind: Kind = .measured, value: Double?, seedValues: [Double] = [],
    pilotValues: [Double]? = nil, bound: Bound, quantity: Quantity, minimumScale: Scale,
    scale: Scale
  ) {
    self.id = id
    self.text = text
    self.kind = kind
    self.value = value
    self.seedValues = seedValues
    self.pilotValues = pilotValues
    self.bound = bound
    self.quantity = quantity
    self.minimumScale = minimumScale
    self.scale = scale
  }

  /// Whether the claim holds; nil if it is not checked. A missing, infinite or NaN value fails.
  public var holds: Bool? {
    guard scale >= minimumScale else { return nil }
    guard let value, value.isFinite else { return false }
    return bound.admits(value)
  }

  /// Whether it is arithmetic that came out as it must.
  public var isDerived: Bool { kind == .derived && holds != false }

  /// "1.01 ×, at most 1.03 ×", with enough digits to tell the two apart.
  public var comparison: String {
    valueText.map { "\($0), \(bound.text(as: quantity))" }
      ?? "not measured; \(bound.text(as: quantity))"
  }

  /// "at most 1.03 ×"; empty for arithmetic.
  public var expectation: String { isDerived ? "" : bound.text(as: quantity) }

  /// The claim with its value, in Markdown: "Perplexity is 1.02 times that at 128".
  public var statement: String {
    guard let value = valueText else { return text.replacing("{}", with: "…") + ": not measured" }
    return text.contains("{}") ? text.replacing("{}", with: value) : "\(text): \(value)"
  }

  /// The claim with its value and its bound, in Markdown: "Perplexity is 1.02 times that at 128; at
  /// most 1.03 was expected."
  public var sentence: String {
    isDerived ? "\(statement)." : "\(statement); \(expectation) was expected."
  }

  /// "1.01 × to 1.04 × over 3 seeds"; nil if the value is that of one run, or if a
  /// seed has none.
  public var seedRange: String? {
    range(of: seedValues).map { "\($0) over \(seedValues.count) seeds" }
  }

  /// The ranges of the seeds and of the pilots: "1.01 × to 1.04 × over 3 seeds; bound from pilots
  /// of 1 × to 1.05 ×"; nil if there are none.
  public var spread: String? {
    let pilots = range(of: pilotValues ?? []).map { "bound from pilots of \($0)" }
    let parts = [seedRange, pilots].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  private func range(of values: [Double]) -> String? {
    guard values.count > 1, values.allSatisfy(\.isFinite), let least = values.min(),
      let largest = values.max()
    else {
      return nil
    }
    let ends = Bound.within(least...largest).markTexts(as: quantity)
    return "\(ends[0]) to \(ends[1])"
  }

  /// The value, with enough digits to tell it from the bound; nil if nothing was measured. In a
  /// claim that is not checked, NaN also means that: it is the quotient of two counts of zero.
  public var valueText: String? {
    guard let value, !(value.isNaN && holds == nil) else { return nil }
    let marks = Set(bound.markTexts(as: quantity))
    let isMark = bound.marks.contains(value)
    for digits in 4...12 {
      let text = quantity.text(value, digits: digits)
      if isMark || !marks.contains(text) { return text }
    }
    return quantity.text(value)
  }

  /// The result in words.
  public var verdict: String {
    if isDerived { return "derived" }
    return switch holds {
    case true?: "holds"
    case false?: "fails"
    case nil: "not checked at this scale"
    }
  }

  /// "✓ Claim holds", or "= Derived" for arithmetic.
  var headline: String { isDerived ? "= Derived" : "\(sign) Claim \(verdict)" }

  /// The result as a sign.
  public var sign: String {
    if isDerived { return "=" }
    return switch holds {
    case true?: "✓"
    case false?: "✗"
    case nil: "–"
    }
  }
}

/// How many claims hold, fail, and are not checked at the scale of their run. Arithmetic counts
/// only if it fails.
package struct ClaimCount: Equatable, Sendable {
  package var held = 0
  package var failed = 0
  package var unchecked = 0

  package var total: Int { held + failed + unchecked }

  package init(_ claims: [Claim]) {
    for claim in claims where !claim.isDerived {
      switch claim.holds {
      case true?: held += 1
      case false?: failed += 1
      case nil: unchecked += 1
      }
    }
  }
}

/// The bound of a claim.
public enum Bound: Equatable, Sendable {
  case atMost(Double)
  case atLeast(Double)
  case within(ClosedRange<Double>)
  case equals(Double)

  func admits(_ value: Double) -> Bool {
    switch self {
    case .atMost(let limit): value <= limit
    case .atLeast(let limit): value >= limit
    case .within(let range): range.contains(value)
    case .equals(let wanted): value == wanted
    }
  }

  /// The value of the bound, or the two ends of its range.
  var marks: [Double] {
    switch self {
    case .atMost(let mark), .atLeast(let mark), .equals(let mark): [mark]
    case .within(let range): [range.lowerBound, range.upperBound]
    }
  }

  /// `atMost`, `atLeast`, `within` or `equals`.
  var relation: String {
    switch self {
    case .atMost: "atMost"
    case .atLeast: "atLeast"
    case .within: "within"
    case .equals: "equals"
    }
  }

  /// "at most 1.03 ×".
  public func text(as quantity: Quantity) -> String {
    let texts = markTexts(as: quantity)
    switch self {
    case .atMost: return "at most \(texts[0])"
    case .atLeast: return "at least \(texts[0])"
    case .within: return "from \(texts[0]) to \(texts[1])"
    case .equals: return "exactly \(texts[0])"
    }
  }

  /// Its values as text, with enough digits to tell the two ends of a range apart.
  func markTexts(as quantity: Quantity) -> [String] {
    let usual = marks.map { quantity.text($0) }
    guard marks.count == 2, marks[0] < marks[1], let largest = marks.map(abs).max() else {
      return usual
    }
    // One unit of the last digit is at most about half the range, so rounding moves no end into the
    // range.
    let fitting = (4...12).first { digits in
      pow(10, log10(largest).rounded(.down) + 1 - Double(digits)) <= 0.6 * (marks[1] - marks[0])
    }
    let texts = marks.map { quantity.text($0, digits: fitting ?? 12) }
    return Set(texts).count == 2 ? texts : usual
  }
}

extension Bound: Codable {
  private enum CodingKeys: String, CodingKey { case relation, marks }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let relation = try container.decode(String.self, forKey: .relation)
    let marks = try container.decode([Double].self, forKey: .marks)
    switch (relation, marks.count) {
    case ("atMost", 1): self = .atMost(marks[0])
    case ("atLeast", 1): self = .atLeast(marks[0])
    case ("equals", 1): self = .equals(marks[0])
    case ("within", 2) where marks[0] <= marks[1]: self = .within(marks[0]...marks[1])
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .relation, in: container,
        debugDescription: "invalid bound '\(relation)' with the values \(marks)")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(relation, forKey: .relation)
    try container.encode(marks, forKey: .marks)
  }
}
