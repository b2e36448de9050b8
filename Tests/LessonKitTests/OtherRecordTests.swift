import Foundation
import LessonKit
import Testing

/// A record whose texts contain control characters and markup.
@Suite struct OtherRecordTests {
  /// Clears a screen, fakes a row, ends an attribute, begins a script, markup and a formula. `<` with
  /// a combining mark is one `Character`, and it is not equal to `<`.
  private static let harm =
    "\u{1B}[2J\u{9B}H\u{202E}\u{200B}\r\n✓ Hall passed\"'><\u{301}script>*b*|c|$1$ `d` _e_ </pre>"
    + "</code>](javascript:alert) &lt;\n```\n<b>"

  /// The keys whose values are names that a decoder checks.
  private static let checked: Set = [
    "kind", "status", "relation", "scale", "minimumScale", "quantity", "origin", "unit", "file",
  ]

  private func record() throws -> RunRecord {
    let fixture = try RunFixture()
    var own = try fixture.run(DemoLesson.self).record
    own.state = .failed(step: "a step", message: "an error")
    for index in own.cells.indices {
      guard case .step(var step) = own.cells[index].content else { continue }
      step.output = "printed"
      step.failure = "an error"
      own.cells[index].content = .step(step)
    }
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(own))
    let data = try JSONSerialization.data(withJSONObject: Self.harmed(object, key: ""))
    return try JSONDecoder().decode(RunRecord.self, from: data)
  }

  private static func harmed(_ value: Any, key: String) -> Any {
    switch value {
    case let object as [String: Any]:
      Dictionary(
        uniqueKeysWithValues: object.map { name, value in
          (name, checked.contains(name) ? value : harmed(value, key: name))
        })
    case let list as [Any]: list.map { harmed($0, key: key) }
    case let text as String: text + harm
    default: value
    }
  }

  private func hidden(_ text: String) -> Set<String> {
    Set(
      text.unicodeScalars.filter { scalar in
        let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
        return (isControl && scalar != "\n") || scalar.properties.isBidiControl
          || scalar.value == 0x200B
      }.map { String($0.value, radix: 16) })
  }

  @Test func theTerminalShowsIt() throws {
    let record = try record()
    let page = TerminalPage(TerminalStyle(isColored: false))
    let text =
      page.opening(of: record) + record.cells.map(page.text).joined() + page.closing(of: record)
    #expect(hidden(text) == [])
    #expect(text.contains("\\u{9B}H"))
    // In a paragraph a line can begin with any of its words.
    for cell in record.cells {
      if case .prose = cell.content { continue }
      #expect(!page.text(of: cell).contains("\n✓ Hall"))
    }
    let colored = TerminalPage(TerminalStyle(isColored: true, linksFiles: true))
    for cell in record.cells { #expect(!colored.text(of: cell).contains("\u{1B}[2J")) }
  }

  @Test func thePageHasOnlyItsOwnTags() throws {
    let html = HTMLPage(try record()) { _ in nil }.html
    #expect(hidden(html) == [])
    let body = try #require(html.range(of: "<body>")).lowerBound
    let tags = html[body...].unicodeScalars.split(separator: "<").dropFirst().map {
      String($0.prefix { $0 != ">" && $0 != " " && $0 != "\n" })
    }
    let known: Set = [
      "a", "body", "code", "dd", "details", "div", "dl", "dt", "em", "figcaption", "figure",
      "footer", "h1",
      "h2", "h3", "header", "html", "img", "li", "main", "nav", "ol", "p", "pre", "section", "span",
      "strong", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
    ]
    for tag in tags { #expect(known.contains(tag.replacing("/", with: "")), "<\(tag)>") }
    #expect(!html.contains("href=\"javascript"))
    #expect(!html.contains("id=\"\"") && !html.contains("\"'>"))
  }

  /// A title is text, on the page too.
  @Test func aTitleHasNoMarkup() throws {
    let text = MarkdownExport(try record()).opening
    let title = try #require(text.split(separator: "\n").first)
    #expect(title.contains("\\*b\\*") && title.contains("\\`d\\`"), "\(title)")
  }

  /// A link is not a picture, whose file another program would read.
  @Test func proseShowsNoPictures() {
    let cell = Cell(id: "a", content: .prose("See ![it](/etc/passwd)."))
    #expect(MarkdownExport.text(of: cell) == "See \\![it](/etc/passwd).")
  }

  @Test func markdownHasNoMarkupOfIts() throws {
    let text = MarkdownExport(try record()).text
    #expect(hidden(text) == [])
    let own = ["<details>", "<summary>", "</summary>", "</details>", "$$"]
    let prose = own.reduce(withoutCode(text)) { $0.replacing($1, with: "") }
    let scalars = Array(prose.unicodeScalars)
    for (index, scalar) in scalars.enumerated() where "<$".unicodeScalars.contains(scalar) {
      let isEscaped = index > 0 && scalars[index - 1] == "\\"
      let around = String(String.UnicodeScalarView(scalars[max(0, index - 20)...index]))
      #expect(isEscaped, "\(around)")
    }
    #expect(!prose.replacing("\\]", with: "").contains("](javascript"))
  }

  /// Markdown without fenced blocks and code spans.
  private func withoutCode(_ text: String) -> String {
    var (lines, fence): ([String], String?) = ([], nil)
    for line in text.components(separatedBy: "\n") {
      let ticks = String(line.prefix { $0 == "`" })
      if let open = fence {
        if ticks == open, line == open { fence = nil }
      } else if ticks.count > 2 {
        fence = ticks
      } else {
        lines.append(
          line.replacingOccurrences(
            of: #"(?<!\\)(`+)(?!`).*?[^`]\1(?!`)"#, with: "", options: .regularExpression))
      }
    }
    #expect(fence == nil)
    return lines.joined(separator: "\n")
  }

  @Test func aNotebookIsValidAndVisible() throws {
    let data = try NotebookExport(try record()) { _ in nil }.data()
    #expect(hidden(String(decoding: data, as: UTF8.self)) == [])
    let notebook = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let cells = try #require(notebook["cells"] as? [[String: Any]])
    for cell in cells where cell["cell_type"] as? String == "markdown" {
      let source = try #require(cell["source"] as? [String]).joined()
      #expect(withoutCode(source).replacing("\\$", with: "").contains("$") == false)
    }
  }

  @Test func aPriceIsNoFormula() {
    let prose = Cell(id: "price", content: .prose("From $3 to $150 and `$5`, a < b, d_k, 2 * 3."))
    #expect(
      MarkdownExport.text(of: prose)
        == "From \\$3 to \\$150 and `$5`, a \\< b, d\\_k, 2 \\* 3.")
  }

  @Test func aSummaryStaysValidJSON() throws {
    let record = try record()
    let text = try RunSummary(record, in: RunFolder(URL(fileURLWithPath: "/nowhere"))).printedJSON()
    #expect(hidden(text) == [])
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["device"] as? String == record.facts.device)
  }

  @Test func tablesCountColumnsAndTolerateRaggedRows() throws {
    let table = Table(
      name: "t", columns: ["name", "n"], rows: [["中文", "1"], ["a"], ["b", "22", "extra"]],
      caption: "c")
    let text = TerminalPage(TerminalStyle(isColored: false))
      .text(of: Cell(id: "t", content: .table(table)))
    let lines = text.components(separatedBy: "\n")
    #expect(lines[1...5] == ["  name   n", "  ────  ──", "  中文   1", "  a       ", "  b     22"])
    let html = HTMLPage(try RunFixture().record(with: .table(table))) { _ in nil }.html
    #expect(!html.contains("extra"))
  }
}
