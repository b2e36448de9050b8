/// The kind of a piece of code, for coloring.
enum CodeRole: String {
  case plain, keyword, type, string, number, comment
}

/// Pieces of Swift source with their roles. Joined, they give the source again.
func highlighted(_ source: String) -> [(role: CodeRole, text: String)] {
  let bytes = Array(source.utf8)
  var pieces: [(role: CodeRole, text: String)] = []
  for token in SwiftScanner.tokens(of: source) {
    let text = String(decoding: bytes[token.range], as: UTF8.self)
    let role = role(of: token.kind, text)
    if let last = pieces.last, last.role == role {
      pieces[pieces.count - 1].text += text
    } else {
      pieces.append((role, text))
    }
  }
  return pieces
}

private func role(of kind: SwiftToken.Kind, _ text: String) -> CodeRole {
  switch kind {
  case .comment: .comment
  case .string: .string
  case .number: .number
  case .sign, .space: .plain
  case .word: wordRole(text)
  }
}

private func wordRole(_ word: String) -> CodeRole {
  if keywords.contains(word) || word.hasPrefix("@") || word.hasPrefix("#") { return .keyword }
  return word.first?.isUppercase == true && word.count > 1 ? .type : .plain
}

private let keywords: Set<String> = [
  "any", "as", "associatedtype", "async", "await", "borrowing", "break", "case", "catch", "class",
  "consuming", "continue", "default", "defer", "deinit", "do", "else", "enum", "extension",
  "fallthrough", "false", "fileprivate", "final", "for", "func", "guard", "if", "import", "in",
  "indirect", "infix", "init", "inout", "internal", "is", "lazy", "let", "mutating", "nil",
  "nonisolated", "open", "operator", "override", "package", "private", "protocol", "public",
  "repeat", "rethrows", "return", "self", "Self", "some", "static", "struct", "subscript", "super",
  "switch", "throw", "throws", "true", "try", "typealias", "unowned", "var", "weak", "where",
  "while",
]

/// The source, split at the boundaries of its tokens.
package func scannedPieces(of source: String) -> [String] {
  let bytes = Array(source.utf8)
  return SwiftScanner.tokens(of: source).map { String(decoding: bytes[$0.range], as: UTF8.self) }
}
