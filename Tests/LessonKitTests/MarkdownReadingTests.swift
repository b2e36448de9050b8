import Foundation
import LessonKit
import Testing

@Suite struct MarkdownReadingTests {
  private func inlines(_ text: String) -> [Markdown.Inline] { Markdown.inlines(of: text) }

  @Test func theSubset() {
    #expect(
      inlines("a **b** *c* `d`") == [
        .text("a "), .strong([.text("b")]), .text(" "), .emphasis([.text("c")]), .text(" "),
        .code("d"),
      ])
    #expect(
      inlines("[a *b*](https://x.org)") == [
        .link([.text("a "), .emphasis([.text("b")])], target: "https://x.org")
      ])
    #expect(
      inlines("**a *b* c**") == [
        .strong([.text("a "), .emphasis([.text("b")]), .text(" c")])
      ])
    #expect(inlines("2 * 3 * 4, 2**3") == [.text("2 * 3 * 4, 2**3")])
    #expect(inlines("[a] (b) [c](javascript:d)") == [.text("[a] (b) [c](javascript:d)")])
    #expect(inlines("[c](javascript:\u{301}d)") == [.text("[c](javascript:\u{301}d)")])
  }

  @Test func aBackslashMakesTextOfMarkup() {
    #expect(inlines("\\*a\\* \\[b\\](c) \\\\ \\x \\") == [.text("*a* [b](c) \\ \\x \\")])
    #expect(inlines("*a\\*b*") == [.emphasis([.text("a*b")])])
    #expect(inlines("\\`a`b`") == [.text("`a"), .code("b")])
  }

  @Test func codeSpansOfAnyFence() {
    #expect(inlines("``a`b`` `` ` ``") == [.code("a`b"), .text(" "), .code("`")])
    #expect(inlines("`a\\`") == [.code("a\\")])
    #expect(inlines("``a") == [.text("``a")])
    #expect(inlines("*a `*` b*") == [.emphasis([.text("a "), .code("*"), .text(" b")])])
  }

  /// A dollar sign alone is a price.
  @Test func formulasBetweenDollarSignsAndBackticks() {
    #expect(
      inlines("a $`e^{s - m}`$, $3 `x`$ $`y`") == [
        .text("a "), .formula("e^{s - m}"), .text(", $3 "), .code("x"), .text("$ $"), .code("y"),
      ])
    #expect(inlines("\\$`x`$") == [.text("$"), .code("x"), .text("$")])
    #expect(
      Markdown.plainText(of: "the sum of $`e^{s - m}`$ and $`\\nope`$")
        == "the sum of e^(s − m) and \\nope")
  }

  /// What is escaped for a Markdown reader is the same text again for ours.
  @Test(arguments: ["a *b* <i>c.txt", "# x", "1. x", "a|b`c`", "[x](y)", "\\*", "$3", "**"])
  func escapedTextIsReadBack(text: String) {
    #expect(Markdown.plainText(of: literalMarkdown(text)) == text)
    #expect(Markdown.blocks(of: literalMarkdown(text)).count == 1)
  }

  @Test func windowsLinesAreLines() {
    #expect(
      Markdown.blocks(of: "a\r\n\r\nb") == [
        .paragraph([.text("a")]), .paragraph([.text("b")]),
      ])
  }

  /// Quadratic time would take minutes at the larger size.
  @Test(
    arguments: [
      "[", "*", "**", "**a ", "*a ", "`", "[a](", "![", "\\", "a*b*", "[[a](javascript:b)", "(",
      "]( ", "`a``b", "- ", "1. a\n", "a\n", "a\n\n", "*a**b*", "`a`", "$`a`", "$`a`$",
    ])
  func readingTakesLinearTime(part: String) throws {
    var record = try RunFixture().record(with: .prose(""))
    for count in [20_000, 100_000] {
      let text = String(repeating: part, count: count)
      let start = ContinuousClock.now
      record.cells = [Cell(id: "a", content: .prose(text))]
      _ = HTMLPage(record) { _ in nil }.html
      _ = TerminalPage(TerminalStyle(isColored: true)).text(of: record.cells[0])
      _ = MarkdownExport(record).text
      #expect(ContinuousClock.now - start < .seconds(20), "\(part) × \(count)")
    }
  }

  /// Backtick runs of all lengths, none of which is closed.
  @Test func unclosedFencesTakeLinearTime() {
    let text = (1...1500).map { String(repeating: "`", count: $0) + "a" }.joined()
    let start = ContinuousClock.now
    #expect(inlines(text) == [.text(text)])
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test(
    arguments: ["#", "\"\\(", "/*", "#\"", "\"\"\"", "\"", "\\", "(", "##\"\\##(", "a.b(", "`"])
  func coloringTakesLinearTimeAndLittleStack(part: String) {
    for count in [20_000, 100_000] {
      let text = String(repeating: part, count: count)
      let start = ContinuousClock.now
      #expect(scannedPieces(of: text).joined() == text)
      #expect(ContinuousClock.now - start < .seconds(20), "\(part) × \(count)")
    }
  }
}
