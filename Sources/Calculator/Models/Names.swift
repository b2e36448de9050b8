import SystemSupport

extension ModelShape {
  /// The published model with this name.
  /// - Throws: `UnknownName` with a suggestion.
  public static func named(_ name: String) throws(UnknownName) -> ModelShape {
    if let found = published(name) { return found }
    throw UnknownName(kind: "model", name: name, known: published.map(\.name))
  }

  /// The published model with this name; nil if there is none. Case, spaces and hyphens do not
  /// matter. A part of a name names nothing.
  public static func published(_ name: String) -> ModelShape? {
    published.first { plain($0.name) == plain(name) }
  }

  /// A name in lower case, without spaces and hyphens.
  public static func plain(_ name: String) -> String {
    name.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "." }
  }
}

/// An error: a name is not in the table of known names; with a suggestion.
public struct UnknownName: Error, Equatable, CustomStringConvertible {
  public let kind: String
  public let name: String
  public let known: [String]
  /// Known names that all fit as well; empty if there is no such choice.
  public let fitting: [String]

  public init(kind: String, name: String, known: [String], fitting: [String] = []) {
    self.kind = kind
    self.name = name
    self.known = known
    self.fitting = fitting
  }

  public var description: String {
    if fitting.count > 1 {
      return "'\(name)' may be \(Self.choice(fitting)); give the whole name."
    }
    return "There is no \(kind) '\(name)'. "
      + (suggestions.isEmpty
        ? "Known: \(known.joined(separator: ", "))." : "Did you mean \(Self.choice(suggestions))?")
  }

  private static func choice(_ names: [String]) -> String {
    let quoted = names.map { "'\($0)'" }
    return (quoted.count > 1 ? quoted.dropLast().joined(separator: ", ") + " or " : "")
      + (quoted.last ?? "")
  }

  /// The known names closest to the typed one, at most three. A number is never corrected: every
  /// number that was typed is in a suggestion, because another number is another model.
  public var suggestions: [String] {
    let numbers = Self.numbers(in: name)
    let candidates = known.filter { numbers.isSubset(of: Self.numbers(in: $0)) }
    let typed = ModelShape.plain(name)
    guard !typed.isEmpty else { return [] }
    // Names with all typed letters in order: 'llama 70b' means Llama 2 70B, or Llama 3 70B.
    let letters = candidates.filter { Self.has(typed, in: ModelShape.plain($0)) }
    if (1...3).contains(letters.count) { return letters }
    let pool = letters.isEmpty ? candidates : letters
    let words = Self.letters(typed)
    // Of many names that fit equally well, none is the one.
    guard letters.isEmpty || !numbers.isEmpty else {
      let whole = pool.filter { Self.letters(ModelShape.plain($0)) == words }
      return (1...3).contains(whole.count) ? whole : []
    }
    let plainNames = pool.map { ModelShape.plain($0) }
    guard let found = nearestName(to: typed, among: plainNames),
      let index = plainNames.firstIndex(of: found)
    else { return [] }
    return [pool[index]]
  }

  /// The numbers in a name: 2 and 70 in 'Llama 2 70B'.
  static func numbers(in name: String) -> Set<String> {
    Set(
      name.split { !$0.isNumber && $0 != "." }
        .map { $0.trimmingPrefix(".") }.filter { !$0.isEmpty }.map(String.init))
  }

  private static func letters(_ name: String) -> String { name.filter(\.isLetter) }

  /// Whether all letters occur in the name in this order.
  private static func has(_ letters: String, in name: String) -> Bool {
    var rest = name[...]
    for letter in letters {
      guard let index = rest.firstIndex(of: letter) else { return false }
      rest = rest[index...].dropFirst()
    }
    return true
  }
}
