import Foundation
import LessonKit
import TestSupport
import Testing

/// Formulas: from LaTeX to MathML, to Unicode text and to Markdown.
@Suite struct FormulaTests {
  @Test(arguments: [
    (#"m' = \max(m, s)"#, "m′ = max(m, s)"),
    (#"\ell' = e^{m - m'} \ell + e^{s - m'}"#, "ℓ′ = e^(m − m′)ℓ + e^(s − m′)"),
    (
      #"\softmax(s)_i = \frac{e^{s_i - m}}{\sum_j e^{s_j - m}}"#,
      "softmax(s)ᵢ = e^(sᵢ − m) / Σⱼ e^(sⱼ − m)"
    ),
    (#"dK = dS^T Q / \sqrt{d}"#, "dK = dSᵀQ / √d"),
    (#"4n^2 + \frac{2n^2 d}{B} + 2nd"#, "4n² + 2n²d / B + 2nd"),
    (#"\frac{n(n + 1)}{2}"#, "n(n + 1) / 2"),
    (#"\text{kept}(k) = \frac{n}{k} - 1 + k"#, "kept(k) = n / k − 1 + k"),
    (#"r n - \binom{s + r}{s + 1}"#, "rn − C(s + r, s + 1)"),
    (#"10000^{-2i/D}"#, "10000^(−2i / D)"),
    (#"x_{i,j}^2"#, "x_(i, j)²"),
    (#"\min_m \left( m + 1 \right)"#, "min_m(m + 1)"),
    ("", ""),
  ])
  func asText(latex: String, expected: String) throws {
    #expect(try MathNode(latex: latex).plainText == expected)
  }

  @Test func asMathML() throws {
    let node = try MathNode(latex: #"\frac{a}{\sqrt{d}} + x_i^2"#)
    #expect(
      node.mathML == "<mrow><mfrac><mrow><mi>a</mi></mrow><mrow><msqrt><mi>d</mi></msqrt></mrow>"
        + "</mfrac><mo>+</mo><msubsup><mrow><mi>x</mi></mrow><mrow><mi>i</mi></mrow>"
        + "<mrow><mn>2</mn></mrow></msubsup></mrow>")
    #expect(try MathNode(latex: #"\max_j s_j"#).mathML.contains("<munder>"))
    #expect(
      try MathNode(latex: #"\text{a & b }"#).mathML == "<mtext>a\u{A0}&amp;\u{A0}b\u{A0}</mtext>")
    #expect(try MathNode(latex: "a < b").mathML.contains("<mo>&lt;</mo>"))
  }

  /// Every element that MathML is made of is closed, whatever the formula.
  @Test func mathMLIsXML() throws {
    for latex in [
      #"\left( a \right)^2"#, #"\binom{n}{k}"#, #"\sum_{i=1}^n x_i"#, "a'", #"\quad a \, b"#,
      #"\langle q, k \rangle"#, "1,024.5",
    ] {
      let xml = "<math>\(try MathNode(latex: latex).mathML)</math>"
      #expect(isBalanced(xml), "\(xml)")
    }
  }

  @Test(arguments: [
    ("{a", "a “}” is missing"), ("a}", "“}” closes nothing"), (#"\input{x}"#, #"“\input”"#),
    ("x^", "something is missing"), ("x^1^2", "two scripts"),
    (#"\left( a"#, #"a “\right” is missing"#),
    ("a & b", "“&” is not expected"), (#"\frac{a}"#, "something is missing"),
    (#"\text{\b}"#, "a command or markup among words"), (#"\text{<b>}"#, "markup"),
    ("`a`", "not expected"),
    (String(repeating: #"\sqrt"#, count: 100_000), "nested"),
    (String(repeating: "{", count: 100), "nested"),
  ])
  func whatIsOutsideTheSubsetIsAnError(latex: String, problem: String) {
    do {
      _ = try MathNode(latex: latex)
      Issue.record("'\(latex)' was read")
    } catch {
      #expect("\(error)".contains(problem), "\(error)")
    }
  }

  /// Reading takes linear time and little stack, whatever the text is.
  @Test(arguments: ["'", " ", "a", "a ", "{}", "(", "x_1 "])
  func longFormulas(part: String) throws {
    // Quadratic time would be 16 times as long for four times the text.
    let isLinear = try holdsOnce {
      let times = try [50_000, 200_000].map { count -> Double in
        let start = ContinuousClock.now
        let node = try MathNode(latex: "a" + String(repeating: part, count: count))
        let letters = [" ", "{}"].contains(part) ? 1 : count
        #expect(node.plainText.utf8.count >= letters && node.mathML.utf8.count >= letters)
        return seconds(since: start)
      }
      return times[1] < 8 * times[0]
    }
    #expect(isLinear)
  }

  @Test func aTagIsTheNumberOfItsEquation() {
    let formula = Formula(latex: "a = b \\tag{3}\nc = d", legend: "")
    #expect(formula.equations.map { $0.latex } == ["a = b", "c = d"])
    #expect(formula.equations.map { $0.number } == [3, nil])
  }

  @Test func markdownHasTheLaTeXBetweenDollars() {
    func text(_ latex: String) -> String {
      let formula = Formula(equations: [.init(latex: latex, number: 2)], legend: "a b")
      return MarkdownExport.text(of: Cell(id: "f", content: .formula(formula)))
    }
    #expect(text(#"\frac{a}{b}"#) == "$$\\frac{a}{b} \\tag{2}$$\n\na b")
    // A name of ours, which MathJax does not know.
    #expect(text(#"\softmax(x)"#).hasPrefix("$$\\operatorname{softmax}(x) "))
    #expect(text("a < [b](c)") == "$$a \\lt  [b] (c) \\tag{2}$$\n\na b")
    // What is no formula must not run in a reader's typesetter.
    #expect(text(#"\href{javascript:x}{a}"#) == "Not a formula: `\\href{javascript:x}{a}`\n\na b")
  }

  @Test func aLineWithTheNumberOfAnEquationIsMarkedAndLinked() throws {
    let source = "let a = 1\nlet b = 2 // (1)\nlet c = 3 // (9)"
    let record = try RunFixture().record(
      with: .source(SourceExcerpt(path: "a", firstLine: 1, text: source)))
    var other = record
    other.cells.append(Cell(id: "f", content: .formula(Formula(latex: "b \\tag{1}", legend: ""))))
    #expect(!HTMLPage(record) { _ in nil }.html.contains("class=\"l eq\""))
    let page = HTMLPage(other) { _ in nil }.html
    #expect(page.components(separatedBy: "class=\"l eq\"").count == 2)
    #expect(page.contains("<a href=\"#equation-1\"") && page.contains("id=\"equation-1\""))
    #expect(!page.contains("#equation-9"))
  }
}

/// Whether every element is closed, in the right order.
private func isBalanced(_ xml: String) -> Bool {
  var open: [Substring] = []
  for tag in xml.split(separator: "<") {
    let name = tag.prefix { $0 != ">" && $0 != " " }
    if name.first != "/" {
      open.append(name)
    } else if open.popLast() != name.dropFirst() {
      return false
    }
  }
  return open.isEmpty
}

/// Which lines of a listing a page shows.
@Suite struct FocusTests {
  private let file = SourceFile(
    path: "a.swift",
    text: """
      func long() {
        let a = 1
        // lesson: begin core
        let b = 2
        let c = 3
        // lesson: end core
        let d = 4
      }
      """)

  @Test func marksAreNotShownAndTheirLinesAreInFocus() throws {
    let whole = try #require(file.declaration(of: "long"))
    #expect(!whole.text.contains("lesson:") && whole.focus == nil && whole.shownLines == nil)
    let part = try #require(file.declaration(of: "long", focus: "core"))
    #expect(part.focus == 2..<4 && part.text == whole.text)
    #expect(part.lines[2..<4].map(String.init) == ["  let b = 2", "  let c = 3"])
  }

  /// Without a mark, a line is found by its beginning, with the block that it opens or is in.
  @Test func aLineByItsBeginningIsInFocus() throws {
    let source = SourceFile(
      path: "a",
      text: """
        struct Sum {
          func total(
            of list: [Int]
          ) -> Int {
            var sum = 0
            for one in list {
              sum += one
            }

            return sum
          }

          let name = "sum"
        }
        """)
    func focus(_ words: String) -> Range<Int>? {
      source.declaration(of: "Sum", focus: words)?.focus
    }
    #expect(focus("func total(") == 1..<11)
    #expect(focus("for one") == 5..<8)
    #expect(focus("var sum") == 4..<10)
    #expect(focus("let name") == 12..<13 && focus("let nothing") == nil)
  }

  @Test func linesWithEquationsAreInFocus() throws {
    let text = (0..<30).map { "  let x\($0) = 0" + ([4, 6].contains($0) ? "  // (\($0))" : "") }
    let source = SourceFile(path: "a", text: "func f() {\n\(text.joined(separator: "\n"))\n}")
    #expect(source.declaration(of: "f")?.focus == 5..<8)
  }

  @Test func manyLinesAreFolded() throws {
    func shown(_ count: Int) -> Range<Int>? {
      SourceExcerpt(
        path: "a", firstLine: 1, text: (0..<count).map { "\($0)" }.joined(separator: "\n")
      ).shownLines
    }
    #expect(shown(18) == nil && shown(19) == 0..<0)
    let record = try RunFixture().record(
      with: .source(
        SourceExcerpt(
          path: "a", firstLine: 7, text: (0..<40).map { "let x\($0)" }.joined(separator: "\n"),
          focus: 3..<5)))
    let page = HTMLPage(record) { _ in nil }.html
    #expect(page.contains("All of it: 40 lines, from line 7"))
    #expect(page.components(separatedBy: "x3\n").count == 3)
    #expect(page.components(separatedBy: "x9\n").count == 2)
  }

  /// A formula and the punctuation after it are not broken apart.
  @Test func punctuationStaysWithItsFormula() {
    let page = htmlProse("If it is $`x^2`$, or $`y`$ (see $`z`$). No $`w`$ here")
    #expect(page.components(separatedBy: "<span class=\"whole\"><math>").count == 3)
    #expect(page.contains("</math>,</span> or <math>") && page.contains("</math>).</span> No"))
    #expect(page.contains("</math> here"))
  }

  /// A record that says that lines matter which are not there.
  @Test func impossibleFocusIsRefused() throws {
    var record = try RunFixture().record(
      with: .source(SourceExcerpt(path: "a", firstLine: 1, text: "a\nb", focus: 1..<2)))
    let data = try record.encoded()
    #expect(try RunRecord.decoded(from: data, at: "r") == record)
    for (line, focus) in [(1, 1..<3), (Int.max, 0..<1), (-1, 0..<1)] {
      record.cells[0].content = .source(
        SourceExcerpt(path: "a", firstLine: line, text: "a\nb", focus: focus))
      let wrong = try record.encoded()
      #expect(throws: RecordError.self) { try RunRecord.decoded(from: wrong, at: "r") }
    }
  }
}
