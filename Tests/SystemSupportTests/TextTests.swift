import Foundation
import SystemSupport
import Testing

/// Texts of somebody else that do harm if they are written as they are.
private let harmful = [
  "\u{1B}[2J\u{1B}[Hall passed", "a\nb", "a\rb", "\u{9B}2J", "\u{7F}", "\u{0}", "a\tb",
  "\u{202E}txt.exe", "a\u{200B}b", "line\u{2028}line\u{2029}", "\u{FEFF}a", "\u{2066}x\u{2069}",
  "soft\u{AD}hyphen", "\u{E0041}tag", "a\u{85}b", "\u{1B}]0;title\u{7}", "\u{FFF9}a",
]

@Suite struct VisibleTextTests {
  @Test(arguments: harmful) func oneRowHasNoHiddenCharacter(text: String) {
    let shown = text.terminalLine.unicodeScalars
    #expect(shown.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    #expect(shown.allSatisfy { !$0.properties.isBidiControl })
    #expect(shown.allSatisfy { !$0.properties.isDefaultIgnorableCodePoint })
    #expect(text.terminalLine.contains("\\u{"))
    #expect(text.terminalLine.terminalColumns == text.terminalLine.count)
  }

  @Test func hiddenCharactersAreShownAsNumbers() {
    #expect("\u{1B}[2Jx".terminalLine == "\\u{1B}[2Jx")
    #expect("a\u{9B}b".terminalLine == "a\\u{9B}b")
    #expect("a\r\nb".terminalLine == "a\\u{D}\\u{A}b")
    #expect("✓ größer · 𝛼".terminalLine == "✓ größer · 𝛼")
    // A joiner stays only between two emoji.
    #expect("👩\u{200D}👧".terminalLine == "👩\u{200D}👧")
    #expect("❤️\u{200D}🔥".terminalLine == "❤️\u{200D}🔥")
    #expect("a\u{200D}b".terminalLine == "a\\u{200D}b")
    #expect("👩\u{200D}".terminalLine == "👩\\u{200D}")
    // One `Character`, two scalars.
    #expect("\u{9B}\u{301}".terminalLine == "\\u{9B}\u{301}")
  }

  @Test func severalRowsKeepTheirLineBreaks() {
    #expect("a\n\u{1B}[1Ab\r\nc\r".terminalLines == "a\n\\u{1B}[1Ab\nc\\u{D}")
    #expect("ab\tc\td\n\te".terminalLines == "ab      c       d\n        e")
    #expect("中\tc".terminalLines == "中      c")
    #expect("plain\n\n".terminalLines == "plain\n\n")
  }

  @Test func ownCodesPassAndOthersDoNot() {
    let own = "\u{1B}[1;31mred\u{1B}[0m \r\u{1B}[2K\u{1B}[Kx\n\ty"
    #expect(TerminalCode.onlyOwn(own) == own)
    let link = "\u{1B}]8;;file:///a%20b\u{1B}\\/a b\u{1B}]8;;\u{1B}\\"
    #expect(TerminalCode.onlyOwn(link) == link)
    #expect(TerminalCode.onlyOwn("\u{1B}[2Ja\u{1B}[8mb") == "\\u{1B}[2Ja\\u{1B}[8mb")
    #expect(TerminalCode.onlyOwn("a\rb\u{9B}A") == "a\\u{D}b\\u{9B}A")
    #expect(TerminalCode.onlyOwn("\u{1B}]8;;http://x\u{1B}\\") == "\\u{1B}]8;;http://x\\u{1B}\\")
    #expect(TerminalCode.onlyOwn("\u{1B}[") == "\\u{1B}[")
    #expect(TerminalCode.onlyOwn("\u{1B}[1") == "\\u{1B}[1")
    #expect(TerminalCode.onlyOwn("\u{1B}]8;;file:///") == "\\u{1B}]8;;file:///")
  }
}

@Suite struct TerminalColumnsTests {
  @Test func columnsAreThoseOfATerminal() {
    let columns = [
      ("", 0), ("abc", 3), ("中文", 4), ("ｆ", 2), ("한글", 4), ("e\u{301}", 1), ("\u{301}", 0),
      ("👩‍👧", 2), ("🇩🇪", 2), ("❤️", 2), ("✓", 1), ("▸ ─", 3), ("日本 (x)", 8), ("½×", 2),
      ("\u{1112}\u{1161}\u{11AB}", 2), ("\u{1B}[1;31mred\u{1B}[0m", 3),
      ("\u{1B}]8;;file:///mmm\u{1B}\\中\u{1B}]8;;\u{1B}\\", 2),
    ]
    for (text, count) in columns { #expect(text.terminalColumns == count, "\(text)") }
  }

  @Test func paddingAndCuttingCountColumns() {
    #expect("中".padded(toColumns: 4) == "中  ")
    #expect("中".leftPadded(toColumns: 4) == "  中")
    #expect("中中".padded(toColumns: 3) == "中中")
    #expect("a中b".prefix(columns: 2) == "a")
    #expect("a中b".prefix(columns: 3) == "a中")
    #expect("e\u{301}x".prefix(columns: 1) == "e\u{301}")
    #expect("abc".prefix(columns: 0) == "")
  }
}

@Suite struct MarkupTextTests {
  @Test func htmlIsEscapedByScalar() {
    #expect("<b>&'\"".htmlText == "&lt;b&gt;&amp;&#39;&quot;")
    // As one `Character`, `<` with a combining mark is not equal to `<`.
    #expect("<\u{301}script>".htmlText == "&lt;\u{301}script&gt;")
    #expect("a\n\tb\u{202E}".htmlText == "a\n\tb\\u{202E}")
  }

  @Test func markdownIsEscapedEverywhere() {
    #expect("a *b* <i>c.txt".markdownText() == "a \\*b\\* \\<i>c.txt")
    #expect("$3 … $150".markdownText() == "\\$3 … \\$150")
    #expect("`x`|[a](b)_c_~~".markdownText() == "\\`x\\`\\|\\[a\\](b)\\_c\\_\\~\\~")
    #expect("a\n# b".markdownText() == "a\\\\u{A}# b")
    #expect("&lt;\\".markdownText() == "\\&lt;\\\\")
    let starts = ["# a", "- a", "+ a", "> a", "=== a"]
    for text in starts { #expect(text.markdownText() == "\\" + text) }
    #expect("  12. a".markdownText() == "  12\\. a")
    #expect("1) a".markdownText() == "1\\) a")
    #expect("1.5 - 2 # 3".markdownText(startsLine: false) == "1.5 - 2 # 3")
    #expect("*\u{301}a".markdownText() == "\\*\u{301}a")
  }

  @Test func codeSpansHaveALongerFence() {
    #expect("a".markdownCode == "`a`")
    #expect("a`b".markdownCode == "``a`b``")
    #expect("``".markdownCode == "``` `` ```")
    #expect(" a ".markdownCode == "`  a  `")
    #expect(" a".markdownCode == "` a`")
  }
}

@Suite struct ShellWordTests {
  static let words = [
    "plain", "it's a;b.txt", "", " ", "$HOME `id` \"x\"", "a\\b", "*?[a]", "~", "~root", "-n",
    "--x",
    "a=b", "{a,b}", "!", "#x", "größe", "中", "'", "''", "a'", "a\nb", "\u{1B}[2J", "\u{9B}%s\\n'!",
    "-\u{202E}x", "tab\there", "ends\n", "\nbegins", "\u{7F}", "'\u{301}\u{200B}", "(a)&b|c<d>e",
    "a  b", " a", "a ", "a\u{A0}b", "   ",
  ]

  /// A stand-in for `lab` prints its arguments, and `/bin/sh` calls it with the suggested line.
  @Test func aShellGetsTheSameArguments() throws {
    let line = (["lab"] + Self.words).shellCommand
    let printer = "lab() { for word; do printf '%s\\0' \"$word\"; done; }; "
    let shell = try Program(named: "sh", arguments: ["-c", printer + line]).run()
    let got = shell.output.split(separator: 0, omittingEmptySubsequences: false).dropLast()
    #expect(got.map { String(decoding: $0, as: UTF8.self) } == Self.words)
  }

  @Test func aWordCanBeReadAndCopied() {
    #expect("Notes/a-b.txt".shellWord == "Notes/a-b.txt")
    #expect("it's a;b.txt".shellWord == "'it'\\''s a;b.txt'")
    #expect("".shellWord == "''")
    #expect("a  b".shellWord == "\"$(printf 'a \\040b')\"")
    #expect("a\u{9B}b".shellWord == "\"$(printf 'a\\302\\233b')\"")
  }
}
