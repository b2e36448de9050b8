import SystemSupport

/// The subset of Markdown that lessons use: paragraphs, lists, strong, emphasis, code, links, formulas
/// as GitHub writes them (LaTeX between $` and `$, since a dollar sign alone is a price), and a backslash
/// before a special character.
///
/// Everything else is text; HTML is not supported. Reading takes time linear in the length, whatever
/// the text is.
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
    /// LaTeX.
    case formula(String)
    case link([Inline], target: String)
  }

  /// Blocks in reading order; an empty line, or the start of a list, ends a paragraph.
  package static func blocks(of text: String) -> [Block] {
    var reader = BlockReader()
    for line in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
      reader.read(Substring(line.last == "\r" ? line.dropLast() : line))
    }
    return reader.finish()
  }

  /// The inline parts of one paragraph.
  package static func inlines(of text: String) -> [Inline] {
    let parser = InlineParser(Array(text.unicodeScalars))
    return parser.inlines(in: 0..<parser.scalars.count)
  }

  /// The text of one paragraph without markup.
  package static func plainText(of text: String) -> String { plainText(of: inlines(of: text)) }

  private static func plainText(of inlines: [Inline]) -> String {
    inlines.map { inline in
      switch inline {
      case .text(let text), .code(let text): text
      case .formula(let latex): formulaText(latex)
      case .strong(let inner), .emphasis(let inner), .link(let inner, _): plainText(of: inner)
      }
    }.joined()
  }

  /// A formula in Unicode characters; its LaTeX, if it cannot be read.
  static func formulaText(_ latex: String) -> String {
    (try? MathNode(latex: latex))?.plainText ?? latex
  }

  /// Whether a link may lead there: to the web, to the page itself and to other files. It must not
  /// run code (`javascript:`).
  static func isSafe(target: String) -> Bool {
    target.hasPrefix("https://") || target.hasPrefix("http://")
      || !target.unicodeScalars.contains(":")
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

/// Finds the inline parts of one paragraph. Each search for a closing mark is one look into a table
/// that is made beforehand, so that no text needs more than linear time.
private final class InlineParser {
  let scalars: [Unicode.Scalar]
  /// The end of the code span that begins here.
  private var codeEnds: [Int: Int] = [:]
  /// For each index, the next place, from it on, of a mark that closes something: `*`, `**`, `](`
  /// and `)`. The count of the scalars if there is none.
  private var nextStar, nextDoubleStar, nextLinkMiddle, nextParenthesis: [Int]
  /// The middle of a link that was refused. All brackets before it lead to it.
  private var refusedMiddle: Int?

  init(_ scalars: [Unicode.Scalar]) {
    self.scalars = scalars
    let none = Array(repeating: scalars.count, count: scalars.count + 1)
    (nextStar, nextDoubleStar, nextLinkMiddle, nextParenthesis) = (none, none, none, none)
    let areMarks = findCode()
    for index in scalars.indices.reversed() {
      let isMark = areMarks[index]
      let followsSpace = index > 0 && scalars[index - 1] == " "
      let isStar = isMark && scalars[index] == "*"
      let isDouble = isStar && scalar(index + 1) == "*"
      let isHalf = isDouble || (index > 0 && scalars[index - 1] == "*")
      nextStar[index] = isStar && !isHalf ? index : nextStar[index + 1]
      nextDoubleStar[index] = isDouble && !followsSpace ? index : nextDoubleStar[index + 1]
      let isMiddle = isMark && scalars[index] == "]" && scalar(index + 1) == "(" && !followsSpace
      nextLinkMiddle[index] = isMiddle ? index : nextLinkMiddle[index + 1]
      let isClosing = isMark && scalars[index] == ")"
      nextParenthesis[index] = isClosing ? index : nextParenthesis[index + 1]
    }
  }

  /// The parts between two indices.
  func inlines(in range: Range<Int>) -> [Markdown.Inline] {
    var (result, text): ([Markdown.Inline], String.UnicodeScalarView) = ([], .init())
    func flush() {
      if !text.isEmpty { result.append(.text(String(text))) }
      text = .init()
    }
    var index = range.lowerBound
    while index < range.upperBound {
      if let (inline, end) = special(at: index, before: range.upperBound) {
        flush()
        result.append(inline)
        index = end
      } else if isEscape(index), index + 1 < range.upperBound {
        text.append(scalars[index + 1])
        index += 2
      } else {
        // A run of backticks that is not closed is text as a whole.
        let count = scalars[index] == "`" ? backtickCount(from: index) : 1
        // `append(contentsOf:)` would copy the text before it.
        for scalar in scalars[index..<min(range.upperBound, index + count)] { text.append(scalar) }
        index += count
      }
    }
    flush()
    return result
  }

  private func special(at index: Int, before limit: Int) -> (Markdown.Inline, end: Int)? {
    switch scalars[index] {
    case "`": code(at: index)
    case "$": formula(at: index, before: limit)
    case "[": link(at: index, before: limit)
    case "*": scalar(index + 1) == "*" ? strong(at: index, limit) : emphasis(at: index, limit)
    default: nil
    }
  }

  private func code(at index: Int) -> (Markdown.Inline, end: Int)? {
    guard let end = codeEnds[index] else { return nil }
    let fence = backtickCount(from: index)
    var content = scalars[index + fence..<end - fence]
    let isSpaced = content.count > 2 && content.first == " " && content.last == " "
    if isSpaced, content.contains(where: { $0 != " " }) { content = content.dropFirst().dropLast() }
    return (.code(string(content)), end)
  }

  /// Code between two dollar signs.
  private func formula(at index: Int, before limit: Int) -> (Markdown.Inline, end: Int)? {
    guard let (inline, end) = code(at: index + 1), case .code(let latex) = inline, end < limit,
      scalars[end] == "$"
    else { return nil }
    return (.formula(latex), end + 1)
  }

  /// A pair of marks with no spaces just inside them.
  private func strong(at index: Int, _ limit: Int) -> (Markdown.Inline, end: Int)? {
    guard let content = content(from: index + 2, to: nextDoubleStar, before: limit - 1) else {
      return nil
    }
    return (.strong(inlines(in: content)), content.upperBound + 2)
  }

  /// A single `*` before a space is text.
  private func emphasis(at index: Int, _ limit: Int) -> (Markdown.Inline, end: Int)? {
    guard let content = content(from: index + 1, to: nextStar, before: limit) else { return nil }
    return (.emphasis(inlines(in: content)), content.upperBound + 1)
  }

  private func content(from first: Int, to next: [Int], before limit: Int) -> Range<Int>? {
    guard first < limit, scalars[first] != " ", next[first + 1] < limit else { return nil }
    return first..<next[first + 1]
  }

  private func link(at index: Int, before limit: Int) -> (Markdown.Inline, end: Int)? {
    let middle = nextLinkMiddle[index + 1]
    guard middle < limit - 1, middle != refusedMiddle else { return nil }
    let end = nextParenthesis[middle + 2]
    guard end < limit, let target = target(middle + 2..<end) else {
      refusedMiddle = middle
      return nil
    }
    return (.link(inlines(in: index + 1..<middle), target: target), end + 1)
  }

  /// The target of a link without its backslashes; nil if a link must not lead there.
  private func target(_ range: Range<Int>) -> String? {
    var (kept, index) = ([Unicode.Scalar](), range.lowerBound)
    while index < range.upperBound {
      if isEscape(index), index + 1 < range.upperBound { index += 1 }
      kept.append(scalars[index])
      index += 1
    }
    let target = string(kept)
    return Markdown.isSafe(target: target) ? target : nil
  }

  /// Finds the code spans. Returns for each scalar whether it can be a mark: it is not in a code
  /// span, and there is no backslash before it.
  private func findCode() -> [Bool] {
    let closings = closingRuns()
    var areMarks = Array(repeating: true, count: scalars.count)
    var index = 0
    while index < scalars.count {
      if isEscape(index) {
        areMarks[index + 1] = false
        index += 2
      } else if scalars[index] == "`" {
        let count = backtickCount(from: index)
        let end = closings[index].map { $0 + count }
        codeEnds[index] = end
        if let end { for inside in index..<end { areMarks[inside] = false } }
        index = end ?? index + count
      } else {
        index += 1
      }
    }
    return areMarks
  }

  /// For each run of backticks, the next run of the same length.
  private func closingRuns() -> [Int: Int] {
    var (result, last): ([Int: Int], [Int: Int]) = ([:], [:])
    var index = 0
    while index < scalars.count {
      let count = backtickCount(from: index)
      if count > 0 {
        if let earlier = last[count] { result[earlier] = index }
        last[count] = index
      }
      index += max(1, count)
    }
    return result
  }

  private func backtickCount(from index: Int) -> Int {
    scalars[index...].prefix { $0 == "`" }.count
  }

  /// Whether a backslash here makes the next scalar text.
  private func isEscape(_ index: Int) -> Bool {
    guard scalars[index] == "\\", let next = scalar(index + 1), next.isASCII else { return false }
    return next.value > 0x20 && next.value < 0x7F && !next.properties.isAlphabetic
      && !("0"..."9").contains(next)
  }

  private func scalar(_ index: Int) -> Unicode.Scalar? {
    index < scalars.count ? scalars[index] : nil
  }

  private func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}

extension Paper {
  /// The title as a link to the paper; only the title if a link must not lead there.
  var titleLink: Markdown.Inline {
    let title = Markdown.inlines(of: title)
    return Markdown.isSafe(target: link) ? .link(title, target: link) : .strong(title)
  }
}
