/// A page of letters, one per column of a terminal: row 0 at the top.
struct LetterGrid {
  let columns: Int
  let rows: Int
  private var letters: [[Character]]

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    letters = [[Character]](
      repeating: [Character](repeating: " ", count: columns), count: max(rows, 0))
  }

  /// The letter at a place; a space outside of the page. Setting one outside does nothing.
  subscript(row: Int, column: Int) -> Character {
    get { isInside(row, column) ? letters[row][column] : " " }
    set { if isInside(row, column) { letters[row][column] = newValue } }
  }

  private func isInside(_ row: Int, _ column: Int) -> Bool {
    (0..<rows).contains(row) && (0..<columns).contains(column)
  }

  /// Writes a text from a column to the right.
  mutating func write(_ text: String, row: Int, column: Int) {
    for (offset, letter) in text.enumerated() {
      self[row, column + offset] = letter.isOneColumn ? letter : "?"
    }
  }

  /// Writes braille dots where there is nothing yet.
  mutating func write(_ dots: Dots, row: Int, column: Int) {
    for (y, line) in dots.letters.enumerated() {
      for (x, letter) in line.enumerated() where letter != " " {
        if self[row + y, column + x] == " " { self[row + y, column + x] = letter }
      }
    }
  }

  /// The lines without spaces at their ends.
  var lines: [String] {
    letters.map { line in
      String(line[..<((line.lastIndex { $0 != " " } ?? -1) + 1)])
    }
  }
}

extension Character {
  /// Whether a terminal shows the letter in one column. Letters of Chinese, Japanese and Korean and
  /// most emoji take two, and combining marks none; a figure's texts need none of them.
  var isOneColumn: Bool {
    guard let first = unicodeScalars.first, unicodeScalars.count == 1 else { return false }
    return (0x20..<0x7F).contains(first.value) || (0xA1..<0x300).contains(first.value)
      || (0x370..<0x1100).contains(first.value) || (0x1D00..<0x2329).contains(first.value)
      || (0x232B..<0x2E80).contains(first.value)
  }
}

extension String {
  /// At most `count` letters; a cut text ends with an ellipsis.
  func shortened(to count: Int) -> String {
    self.count <= count ? self : count < 1 ? "" : String(prefix(count - 1)) + "…"
  }

  /// The text in the middle of `width` columns.
  func centered(_ width: Int) -> String {
    let space = max(0, width - count)
    return String(repeating: " ", count: space / 2) + self
      + String(repeating: " ", count: space - space / 2)
  }
}

/// A text in lines of at most `width` letters, at most `limit` of them; a cut one ends with an
/// ellipsis.
func letterLines(_ text: String, width: Int, atMost limit: Int) -> [String] {
  guard !text.isEmpty else { return [] }
  var lines = wrapped(text) { $0.count <= width }.map { $0.shortened(to: width) }
  guard lines.count > limit else { return lines }
  lines = Array(lines.prefix(limit))
  if let last = lines.popLast() { lines.append((last + " …").shortened(to: width)) }
  return lines
}

/// A plane of dots, two across and four down in each letter of braille.
struct Dots {
  let columns: Int
  let rows: Int
  private var bits: [UInt8]

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    bits = [UInt8](repeating: 0, count: columns * rows)
  }

  /// Dots across, and down.
  var width: Int { columns * 2 }
  var height: Int { rows * 4 }

  /// Sets a dot; one outside of the plane is ignored.
  mutating func set(_ x: Int, _ y: Int) {
    guard (0..<width).contains(x), (0..<height).contains(y) else { return }
    // The order of the eight dots in Unicode's block of braille patterns.
    let order: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    bits[y / 4 * columns + x / 2] |= order[y % 4][x % 2]
  }

  /// Sets the dots of a straight line. Dots beyond the plane are left out.
  mutating func line(
    from start: (x: Double, y: Double), to end: (x: Double, y: Double), isDashed: Bool = false
  ) {
    guard start.x.isFinite, start.y.isFinite, end.x.isFinite, end.y.isFinite else { return }
    let reach = Double(4 * (width + height))
    let steps = Int(min(max(abs(end.x - start.x), abs(end.y - start.y)), reach).rounded(.up))
    for step in 0...max(steps, 1) {
      let part = Double(step) / Double(max(steps, 1))
      let x = start.x + part * (end.x - start.x)
      let y = start.y + part * (end.y - start.y)
      guard abs(x) < reach, abs(y) < reach else { continue }
      // Dashes follow the columns, so that they go on from one line to the next.
      if isDashed, Int(x.rounded(.down)) % 4 > 1 { continue }
      set(Int((x + 1e-9).rounded(.down)), Int((y + 1e-9).rounded(.down)))
    }
  }

  /// One line of letters per row; a space where there is no dot.
  var letters: [[Character]] {
    (0..<rows).map { row in
      (0..<columns).map { column in
        let value = bits[row * columns + column]
        guard value > 0, let scalar = Unicode.Scalar(0x2800 + UInt32(value)) else { return " " }
        return Character(scalar)
      }
    }
  }
}
