/// The subset of Markdown that lessons use: paragraphs, lists, strong, emphasis, code, links.
///
/// Everything else is text; HTML is not supported.
package enum Markdown {
  package enum Block: Equatable {
    case paragraph([Inline])
    case list(isNumbered: Bool, items: [[Inline]])
  }

  package indirect enum Inline: Equatable {
    case text(String)
    case strong([Inline])
    case emphasis([Inline])
    case code(String)
    case link([Inline], target: String)
  }

  /// Blocks in reading order; an empty line, or the start of a list, ends a paragraph.
  package static func blocks(of text: String) -> [Block] {
    var reader = BlockReader()
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) { reader.read(line) }
    return reader.finish()
  }

  /// The inline parts of one paragraph.
  package static func inlines(of text: String) -> [Inline] {
    var reader = InlineReader(Array(text))
    return reader.read(until: nil)
  }
}

private struct BlockReader {
  private var blocks: [Markdown.Block] = []
  private var paragraph: [Substring] = []
  private var items: [String] = []
  private var isNumbered = false

  mutating func read(_ line: Substring) {
    let words = line.drop { $0 == " " }
    if words.isEmpty { return flush() }
    if let (text, numbered) = item(words) {
      flushParagraph()
      if numbered != isNumbered { flushList() }
      isNumbered = numbered
      items.append(String(text))
    } else if !items.isEmpty, line.first == " " {
      items[items.count - 1] += " " + words
    } else {
      flushList()
      paragraph.append(words)
    }
  }

  mutating func finish() -> [Markdown.Block] {
    flush()
    return blocks
  }

  /// The text after `- `, `* ` or `1. `; nil if the line does not start an item.
  private func item(_ words: Substring) -> (Substring, isNumbered: Bool)? {
    if words.hasPrefix("- ") || words.hasPrefix("* ") { return (words.dropFirst(2), false) }
    let digits = words.prefix { $0.isASCII && $0.isNumber }
    let rest = words.dropFirst(digits.count)
    guard !digits.isEmpty, digits.count < 3, rest.hasPrefix(". ") else { return nil }
    return (rest.dropFirst(2), true)
  }

  private mutating func flush() {
    flushParagraph()
    flushList()
  }

  private mutating func flushParagraph() {
    guard !paragraph.isEmpty else { return }
    blocks.append(.paragraph(Markdown.inlines(of: paragraph.joined(separator: " "))))
    paragraph = []
  }

  private mutating func flushList() {
    guard !items.isEmpty else { return }
    blocks.append(.list(isNumbered: isNumbered, items: items.map(Markdown.inlines(of:))))
    items = []
  }
}

private struct InlineReader {
  private let characters: [Character]
  private var index = 0

  init(_ characters: [Character]) { self.characters = characters }

  /// Reads up to and including this mark, or to the end.
  mutating func read(until mark: String?) -> [Markdown.Inline] {
    var (result, text): ([Markdown.Inline], String) = ([], "")
    func flushed() -> [Markdown.Inline] { text.isEmpty ? result : result + [.text(text)] }
    while index < characters.count {
      if let mark, starts(with: mark) {
        index += mark.count
        break
      }
      if let inline = special() {
        result = flushed() + [inline]
        text = ""
      } else {
        text.append(characters[index])
        index += 1
      }
    }
    return flushed()
  }

  private mutating func special() -> Markdown.Inline? {
    switch characters[index] {
    case "`": return code()
    case "[": return link()
    case "*": return starts(with: "**") ? span("**") : span("*")
    default: return nil
    }
  }

  private mutating func code() -> Markdown.Inline? {
    guard let end = characters[(index + 1)...].firstIndex(of: "`") else { return nil }
    defer { index = end + 1 }
    return .code(String(characters[index + 1..<end]))
  }

  /// A pair of marks with no spaces just inside them. A single `*` between spaces is text.
  private mutating func span(_ mark: String) -> Markdown.Inline? {
    let first = index + mark.count
    guard first < characters.count, characters[first] != " ", let end = find(mark, from: first + 1)
    else { return nil }
    var inside = InlineReader(Array(characters[first..<end]))
    index = end + mark.count
    let content = inside.read(until: nil)
    return mark.count == 2 ? .strong(content) : .emphasis(content)
  }

  private mutating func link() -> Markdown.Inline? {
    guard let middle = find("](", from: index + 1),
      let end = characters[(middle + 2)...].firstIndex(of: ")")
    else { return nil }
    let target = String(characters[middle + 2..<end])
    guard isSafe(target) else { return nil }
    var inside = InlineReader(Array(characters[index + 1..<middle]))
    index = end + 1
    return .link(inside.read(until: nil), target: target)
  }

  /// Links may lead to the web, to the page itself and to other files, but not run code
  /// (`javascript:`).
  private func isSafe(_ target: String) -> Bool {
    target.hasPrefix("https://") || target.hasPrefix("http://") || !target.contains(":")
  }

  private func find(_ mark: String, from start: Int) -> Int? {
    guard start < characters.count else { return nil }
    let wanted = Array(mark)
    return characters.indices[start...].first { index in
      guard index + wanted.count <= characters.count else { return false }
      guard Array(characters[index..<index + wanted.count]) == wanted else { return false }
      return wanted == ["*"] ? !isDouble(index) : characters[index - 1] != " "
    }
  }

  /// Whether the `*` here is half of a `**`.
  private func isDouble(_ index: Int) -> Bool {
    (index + 1 < characters.count && characters[index + 1] == "*") || characters[index - 1] == "*"
  }

  private func starts(with mark: String) -> Bool {
    characters[index...].starts(with: mark)
  }
}
