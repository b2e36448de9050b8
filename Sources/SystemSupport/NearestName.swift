/// The candidate closest to a mistyped name, for "Did you mean …?"; nil if none is close.
///
/// Close means: at most a third of the letters of the longer name differ, or the candidate begins
/// with the typed letters (at least two). Case does not matter. An empty name has no match.
public func nearestName(to typed: String, among candidates: [String]) -> String? {
  let wanted = typed.lowercased()
  guard !wanted.isEmpty else { return nil }
  if wanted.count >= 2,
    let completed = candidates.first(where: { $0.lowercased().hasPrefix(wanted) })
  {
    return completed
  }
  let ranked = candidates.map { (name: $0, distance: editDistance(wanted, $0.lowercased())) }
  guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
  let allowed = max(1, max(wanted.count, best.name.count) / 3)
  return best.distance <= allowed ? best.name : nil
}

/// The edit distance of two words: how many letters to insert, remove, replace, or swap with their
/// neighbor, to make one word from the other (optimal string alignment; Damerau, 1964).
/// - Complexity: O(n · m) time and memory.
public func editDistance(_ first: String, _ second: String) -> Int {
  let (a, b) = (Array(first), Array(second))
  var rows = [Array(0...b.count)]
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        best = min(best, rows[i - 1][j - 1] + 1)
      }
      row.append(best)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
