/// A name that is in no table, with what was perhaps meant.
public struct UnknownName: Error, Equatable, CustomStringConvertible {
  public let kind: String
  public let name: String
  public let known: [String]
  /// Those that it is a part of, where these are several.
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

  /// The known name closest to what was typed, with three quarters of its letters; nil where none is
  /// close. Parts count too, so that 'llama 70b' finds 'Llama 2 70B'.
  public var nearest: String? {
    let wanted = Array(ModelShape.plain(name))
    guard !wanted.isEmpty else { return nil }
    let ranked = known.map { candidate in
      (name: candidate, common: commonLength(wanted, Array(ModelShape.plain(candidate))))
    }
    guard let best = ranked.max(by: { score($0) < score($1) }) else { return nil }
    return Double(best.common) >= 0.75 * Double(wanted.count) ? best.name : nil
  }

  /// More letters in common first; of those the shorter name.
  private func score(_ ranked: (name: String, common: Int)) -> Double {
    Double(ranked.common) - 0.01 * Double(ranked.name.count)
  }

  /// Letters that both have in the same order (longest common subsequence).
  /// - Complexity: O(n · m) time and memory.
  private func commonLength(_ a: [Character], _ b: [Character]) -> Int {
    var row = [Int](repeating: 0, count: b.count + 1)
    for letter in a {
      var diagonal = 0
      for (place, other) in b.enumerated() {
        let above = row[place + 1]
        row[place + 1] = letter == other ? diagonal + 1 : max(above, row[place])
        diagonal = above
      }
    }
    return row[b.count]
  }
}
