/// How a text is cut into words before their bytes are merged. No token crosses a word's border.
public enum PreTokenizer: String, Sendable, CaseIterable {
  /// GPT-2's pattern (Radford et al., 2019), which gives the first alternative that matches:
  ///
  ///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  case gpt2 = "gpt-2"
  /// Each digit (`\p{N}`) is a word; the parts between are cut by GPT-2's pattern, each for itself.
  case smollm

  /// Calls `body` with the bytes of each word, in order. Together they are the whole text.
  ///
  /// - Parameters:
  ///   - text: valid UTF-8.
  ///   - body: gets ranges of `text`.
  /// - Complexity: O(n), for any text.
  func forEachWord(
    in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void
  ) {
    guard self == .smollm else { return Self.cut(text, 0..<text.count, body) }
    var start = 0
    var place = 0
    while place < text.count {
      let next = ScalarClass.scalar(in: text, at: place)
      if next.kind == .number {
        Self.cut(text, start..<place, body)
        body(place..<place + next.length)
        start = place + next.length
      }
      place += next.length
    }
    Self.cut(text, start..<text.count, body)
  }

  /// GPT-2's pattern, again and again from the end of the last match.
  private static func cut(
    _ text: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>, _ body: (Range<Int>) -> Void
  ) {
    var start = piece.lowerBound
    while start < piece.upperBound {
      let end = endOfWord(text, start, piece.upperBound)
      body(start..<end)
      start = end
    }
  }

  private static func endOfWord(
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int
  ) -> Int {
    if text[start] == UInt8(ascii: "'"), let length = contraction(text, start + 1, end) {
      return start + 1 + length
    }
    var place = start
    // A space before a word belongs to it.
    if text[start] == UInt8(ascii: " "), start + 1 < end { place += 1 }
    let first = ScalarClass.scalar(in: text, at: place)
    if first.kind != .space {
      return endOfRun(of: first.kind, text, place + first.length, end).end
    }
    let run = endOfRun(of: .space, text, start, end)
    // Before something else, the last of several spaces is left for the next word.
    return run.end == end || run.lastStart == start ? run.end : run.lastStart
  }

  /// The end of the scalars of one kind from `place` on, and where the last of them begins.
  private static func endOfRun(
    of kind: ScalarClass, _ text: UnsafeBufferPointer<UInt8>, _ place: Int, _ end: Int
  ) -> (end: Int, lastStart: Int) {
    var (place, last) = (place, place)
    while place < end {
      let next = ScalarClass.scalar(in: text, at: place)
      guard next.kind == kind else { break }
      last = place
      place += next.length
    }
    return (place, last)
  }

  /// The length of `s`, `t`, `re`, `ve`, `m`, `ll` or `d` after an apostrophe.
  private static func contraction(
    _ text: UnsafeBufferPointer<UInt8>, _ place: Int, _ end: Int
  ) -> Int? {
    guard place < end else { return nil }
    switch text[place] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 1
    case UInt8(ascii: "r"), UInt8(ascii: "v"):
      return place + 1 < end && text[place + 1] == UInt8(ascii: "e") ? 2 : nil
    case UInt8(ascii: "l"):
      return place + 1 < end && text[place + 1] == UInt8(ascii: "l") ? 2 : nil
    default: return nil
    }
  }
}

/// The kinds of characters that the patterns distinguish.
enum ScalarClass: UInt8 {
  case other
  /// `\p{L}`
  case letter
  /// `\p{N}`
  case number
  /// `\s`: the property White_Space.
  case space

  init(_ scalar: Unicode.Scalar) {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      self = .letter
    case .decimalNumber, .letterNumber, .otherNumber: self = .number
    default: self = scalar.properties.isWhitespace ? .space : .other
    }
  }

  /// The classes of the scalars below U+10000, because the properties take 50 times as long.
  private static let table: [ScalarClass] = (0..<UInt32(0x10000)).map {
    Unicode.Scalar($0).map(ScalarClass.init) ?? .other
  }

  /// The scalar that begins at this byte of valid UTF-8: its class and its length in bytes.
  @inline(__always)
  static func scalar(
    in text: UnsafeBufferPointer<UInt8>, at place: Int
  ) -> (kind: ScalarClass, length: Int) {
    let first = UInt32(text[place])
    if first < 0x80 { return (table[Int(first)], 1) }
    func bits(_ offset: Int) -> UInt32 { UInt32(text[place + offset]) & 0x3F }
    if first < 0xE0 { return (table[Int((first & 0x1F) << 6 | bits(1))], 2) }
    if first < 0xF0 { return (table[Int((first & 0xF) << 12 | bits(1) << 6 | bits(2))], 3) }
    let value = (first & 7) << 18 | bits(1) << 12 | bits(2) << 6 | bits(3)
    return (Unicode.Scalar(value).map(ScalarClass.init) ?? .other, 4)
  }
}
