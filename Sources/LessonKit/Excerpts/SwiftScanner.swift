/// A word, string, comment, number or sign of Swift source.
struct SwiftToken: Equatable {
  enum Kind {
    case comment, string, number, word, sign, space
  }

  var kind: Kind
  /// Bytes of the UTF-8 source.
  var range: Range<Int>
}

/// Splits Swift source into tokens, precisely enough to find the closing brace of a body and to
/// color code.
///
/// It handles all four forms of string literals with interpolations, nested comments, and
/// identifiers. It does not handle regex literals; the lessons have none. Invalid source also gives
/// tokens up to its end, never a trap: a record's source can be any text.
/// - Complexity: O(n) time; the call stack grows only up to `deepestInterpolation`.
struct SwiftScanner {
  let bytes: [UInt8]
  private var position = 0
  /// How many interpolations the scanner is in.
  private var depth = 0

  /// In a string in an interpolation in a string …, deeper interpolations are read as text.
  static let deepestInterpolation = 32

  init(_ text: String) { bytes = Array(text.utf8) }

  static func tokens(of text: String) -> [SwiftToken] {
    var scanner = SwiftScanner(text)
    var tokens: [SwiftToken] = []
    while let token = scanner.next() { tokens.append(token) }
    return tokens
  }

  mutating func next() -> SwiftToken? {
    guard position < bytes.count else { return nil }
    let start = position
    let kind = advance()
    return SwiftToken(kind: kind, range: start..<position)
  }

  private mutating func advance() -> SwiftToken.Kind {
    let byte = bytes[position]
    if isSpace(byte) { return run(.space, while: isSpace) }
    if byte == slash, at(1) == slash { return run(.comment) { $0 != newline } }
    if byte == slash, at(1) == star { return blockComment() }
    if startsString { return string() }
    if isDigit(byte) { return number() }
    if isWordStart(byte) {
      position += 1
      // All hashes at once: each would be searched for a quote up to the end of the others.
      if byte == hash { while at(0) == hash { position += 1 } }
      return run(.word, while: isWordPart)
    }
    position += 1
    return .sign
  }

  private mutating func run(
    _ kind: SwiftToken.Kind, while belongs: (UInt8) -> Bool
  ) -> SwiftToken.Kind {
    while position < bytes.count, belongs(bytes[position]) { position += 1 }
    return kind
  }

  private mutating func blockComment() -> SwiftToken.Kind {
    var depth = 0
    repeat {
      if bytes[position] == slash, at(1) == star {
        depth += 1
        position += 2
      } else if bytes[position] == star, at(1) == slash {
        depth -= 1
        position += 2
      } else {
        position += 1
      }
    } while depth > 0 && position < bytes.count
    position = min(position, bytes.count)
    return .comment
  }

  private mutating func number() -> SwiftToken.Kind {
    while position < bytes.count {
      let isPart = isWordPart(bytes[position]) || (bytes[position] == dot && isDigit(at(1)))
      guard isPart else { break }
      position += 1
    }
    return .number
  }

  /// A quote, or hashes followed by a quote.
  private var startsString: Bool {
    var ahead = 0
    while at(ahead) == hash { ahead += 1 }
    return at(ahead) == quote
  }

  private mutating func string() -> SwiftToken.Kind {
    var hashes = 0
    while at(0) == hash {
      hashes += 1
      position += 1
    }
    let isLong = at(1) == quote && at(2) == quote
    position += isLong ? 3 : 1
    while position < bytes.count {
      if closesString(hashes: hashes, isLong: isLong) {
        position += (isLong ? 3 : 1) + hashes
        break
      }
      if !isLong, bytes[position] == newline { break }
      if bytes[position] == backslash, hasHashes(hashes, from: 1) {
        position += 1 + hashes
        at(0) == open && depth < Self.deepestInterpolation ? interpolation() : skip()
      } else {
        position += 1
      }
    }
    position = min(position, bytes.count)
    return .string
  }

  private mutating func skip() { position += 1 }

  /// From the opening to the closing parenthesis of `\(…)`, with everything inside.
  private mutating func interpolation() {
    depth += 1
    defer { depth -= 1 }
    var openCount = 0
    while position < bytes.count {
      let start = position
      let kind = advance()
      guard kind == .sign else { continue }
      if bytes[start] == open { openCount += 1 }
      if bytes[start] == close { openCount -= 1 }
      if openCount == 0 { return }
    }
  }

  private func closesString(hashes: Int, isLong: Bool) -> Bool {
    let quotes = isLong ? 3 : 1
    return (0..<quotes).allSatisfy { at($0) == quote } && hasHashes(hashes, from: quotes)
  }

  private func hasHashes(_ count: Int, from first: Int) -> Bool {
    (0..<count).allSatisfy { at(first + $0) == hash }
  }

  private func at(_ ahead: Int) -> UInt8 {
    position + ahead < bytes.count ? bytes[position + ahead] : 0
  }
}

private let newline = UInt8(ascii: "\n")
private let slash = UInt8(ascii: "/")
private let star = UInt8(ascii: "*")
private let quote = UInt8(ascii: "\"")
private let hash = UInt8(ascii: "#")
private let backslash = UInt8(ascii: "\\")
private let open = UInt8(ascii: "(")
private let close = UInt8(ascii: ")")
private let dot = UInt8(ascii: ".")

private func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

/// ASCII letters, underscore, `@`, `#`, `$`, the backquote, and all non-ASCII bytes.
private func isWordStart(_ byte: UInt8) -> Bool {
  (65...90).contains(byte) || (97...122).contains(byte) || byte >= 128
    || [UInt8(ascii: "_"), UInt8(ascii: "@"), hash, UInt8(ascii: "$"), UInt8(ascii: "`")]
      .contains(byte)
}

private func isWordPart(_ byte: UInt8) -> Bool {
  (65...90).contains(byte) || (97...122).contains(byte) || isDigit(byte) || byte >= 128
    || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "`")
}
