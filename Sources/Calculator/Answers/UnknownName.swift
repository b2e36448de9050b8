import SystemSupport

/// An error: a name is not in the table of known names; with a suggestion.
public struct UnknownName: Error, Equatable, CustomStringConvertible {
  public let kind: String
  public let name: String
  public let known: [String]
  /// The known names that contain it, if there are several.
  public let fitting: [String]

  public init(kind: String, name: String, known: [String], fitting: [String] = []) {
    self.kind = kind
    self.name = name
    self.known = known
    self.fitting = fitting
  }

  public var description: String {
    if fitting.count > 1 {
      let names = fitting.map { "'\($0)'" }
      return "'\(name)' may be \(names.dropLast().joined(separator: ", ")) or "
        + "\(names.last ?? ""); give the whole name."
    }
    let hint = nearest.map { "Did you mean '\($0)'? " } ?? ""
    return "There is no \(kind) '\(name)'. \(hint)Known: \(known.joined(separator: ", "))."
  }

  /// The known name closest to the typed one; nil if none is close. Case, spaces and hyphens do not
  /// matter. Of equally close names, one with all typed letters in order wins: 'llama 70b' means
  /// 'Llama 2 70B' rather than 'LLaMA 7B'.
  public var nearest: String? {
    let typed = ModelShape.plain(name)
    let ranked =
      known.filter { has(typed, in: ModelShape.plain($0)) }
      + known.filter { !has(typed, in: ModelShape.plain($0)) }
    let plainNames = ranked.map(ModelShape.plain)
    let found = nearestName(to: typed, among: plainNames)
    return found.flatMap { plainNames.firstIndex(of: $0) }.map { ranked[$0] }
  }

  /// Whether all letters occur in the name in this order.
  private func has(_ letters: String, in name: String) -> Bool {
    var rest = name[...]
    for letter in letters {
      guard let index = rest.firstIndex(of: letter) else { return false }
      rest = rest[index...].dropFirst()
    }
    return true
  }
}
