/// Mistakes that can happen in every exercise and are recognized from the answer alone.
enum CommonSlip {
  /// A sentence about the mistake; nil if the answer shows none of them.
  static func explanation(
    of actual: [Entry], expected: [Entry], within tolerance: Double
  ) -> String? {
    if actual.isEmpty { return "Nothing is returned yet. Is there still the given `return []`?" }
    let numbers = actual.compactMap(\.number)
    if numbers.contains(where: \.isNaN), !expected.compactMap(\.number).contains(where: \.isNaN) {
      return "NaN comes from 0 / 0, from ∞ − ∞, or from the root or logarithm of a negative number."
    }
    guard actual.count == expected.count, actual.count > 1 || !numbers.isEmpty else { return nil }
    if actual.count > 1, agree(swapped(actual), expected, tolerance) {
      return "Rows and columns are swapped."
    }
    let reversed = zip(expected, actual.reversed()).map { Entry(path: $0.path, value: $1.value) }
    if actual.count > 1, agree(reversed, expected, tolerance) { return "The order is reversed." }
    return factor(numbers, expected.compactMap(\.number), tolerance)
  }

  /// Whether all elements are the same multiple of the expected ones.
  private static func factor(
    _ actual: [Double], _ expected: [Double], _ tolerance: Double
  ) -> String? {
    guard actual.count == expected.count,
      let place = expected.firstIndex(where: { $0.isFinite && abs($0) > 100 * tolerance })
    else { return nil }
    let ratio = actual[place] / expected[place]
    guard ratio.isFinite, ratio != 0, ratio != 1 else { return nil }
    let isConstant = zip(actual, expected).allSatisfy { pair -> Bool in
      let wanted = pair.1 * ratio
      return pair.0 == wanted || abs(pair.0 - wanted) <= tolerance * max(1, abs(wanted))
    }
    guard isConstant else { return nil }
    let what = actual.count > 1 ? "Every element" : "It"
    return ratio == -1
      ? "\(what) has the wrong sign." : "\(what) is \(Entry.text(ratio)) times what is expected."
  }

  /// The entries of `[row][column]` at `[column][row]`, sorted.
  private static func swapped(_ entries: [Entry]) -> [Entry] {
    guard entries.allSatisfy({ $0.path.count == 2 }) else { return [] }
    let moved = entries.map { Entry(path: [$0.path[1], $0.path[0]], value: $0.value) }
    return moved.sorted { $0.path.lexicographicallyPrecedes($1.path) }
  }

  private static func agree(_ actual: [Entry], _ expected: [Entry], _ tolerance: Double) -> Bool {
    actual.count == expected.count
      && zip(actual, expected).allSatisfy {
        $0.path == $1.path && $0.isEqual(to: $1, within: tolerance)
      }
  }
}

extension Entry {
  /// Its number, also of a whole number; nil for a word.
  fileprivate var number: Double? {
    switch value {
    case .number(let number): number
    case .word(let word): Double(word)
    }
  }
}
