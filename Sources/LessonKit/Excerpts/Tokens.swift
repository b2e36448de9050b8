/// The tokens of a source file, with the searches that an excerpt needs.
struct Tokens {
  let tokens: [SwiftToken]
  private let bytes: [UInt8]

  init(_ text: String) {
    bytes = Array(text.utf8)
    tokens = SwiftScanner.tokens(of: text)
  }

  func text(_ index: Int) -> String {
    String(decoding: bytes[tokens[index].range], as: UTF8.self)
  }

  func isSign(_ sign: String, at index: Int) -> Bool {
    tokens[index].kind == .sign && text(index) == sign
  }

  func isWord(_ word: String, at index: Int) -> Bool {
    tokens[index].kind == .word && text(index) == word
  }

  /// The brace that opens the trailing closure of a call with parentheses; nil if there is none.
  func trailingBrace(ofCallAt index: Int) -> Int? {
    guard let afterArguments = end(ofGroupAfter: index),
      let brace = nextCode(from: afterArguments), isSign("{", at: brace)
    else { return nil }
    return brace
  }

  /// The first byte of a line. Lines are counted from 1.
  func firstByte(ofLine line: Int) -> Int? {
    var (current, index) = (1, 0)
    while current < line {
      guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      index = end + 1
      current += 1
    }
    return index
  }

  /// The first token with this word, at or after a byte.
  func firstWord(_ word: String, from byte: Int) -> Int? {
    tokens.indices.first {
      tokens[$0].range.lowerBound >= byte && isWord(word, at: $0)
    }
  }

  /// The next token that is neither space nor comment, at or after this index.
  func nextCode(from index: Int) -> Int? {
    guard index < tokens.count else { return nil }
    return tokens[index...].indices.first { ![.space, .comment].contains(tokens[$0].kind) }
  }

  /// The index after the parentheses that follow a name.
  func end(ofGroupAfter index: Int) -> Int? {
    guard let opening = nextCode(from: index + 1), isSign("(", at: opening) else { return nil }
    return end(ofGroupAt: opening).map { $0 + 1 }
  }

  /// The index of the sign that closes the group opened here.
  func end(ofGroupAt opening: Int) -> Int? {
    let pairs = ["(": ")", "[": "]", "{": "}"]
    var expected: [String] = []
    for index in opening..<tokens.count where tokens[index].kind == .sign {
      let sign = text(index)
      if let closing = pairs[sign] {
        expected.append(closing)
      } else if sign == expected.last {
        expected.removeLast()
        if expected.isEmpty { return index }
      }
    }
    return nil
  }

  /// The keyword of the declaration of this name, such as `struct` before `Rotary`.
  func declarator(of name: String) -> Int? {
    let keywords = ["struct", "class", "enum", "protocol", "extension", "actor", "func"]
    return tokens.indices.first { index in
      guard tokens[index].kind == .word, keywords.contains(text(index)),
        let next = nextCode(from: index + 1)
      else { return false }
      return text(next) == name
    }
  }

  /// The first byte of this byte's line, or of the comments and attributes right above it.
  func firstByteWithComment(ofLineAt byte: Int) -> Int {
    var start = lineStart(byte)
    while start > 0 {
      let above = lineStart(start - 1)
      let line = String(decoding: bytes[above..<start], as: UTF8.self)
      let words = line.drop { $0 == " " }
      guard words.hasPrefix("//") || words.hasPrefix("@") else { break }
      start = above
    }
    return start
  }

  private func lineStart(_ byte: Int) -> Int {
    (bytes[..<byte].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
  }
}
