import Foundation
import LessonKit
import Testing

@Suite struct TerminalTests {
  private func shown(_ detail: LiveTerminal.Detail, colored: Bool, width: Int = 80) throws -> (
    out: String, err: String
  ) {
    let (out, err) = (Sink(), Sink())
    let style = TerminalStyle(isColored: colored, width: width)
    let line = ProgressLine(style: style, isAnimated: false) { err.take($0) }
    let live = LiveTerminal(style: style, detail: detail, progress: line) { out.take($0) }
    _ = try RunFixture().run(DemoLesson.self, observer: live)
    return (out.text, err.text)
  }

  @Test func aUnitStaysOnTheLineOfItsNumber() {
    let words = "from 28 % to 9.5 ms, at 10⁻⁵ s or the s".split(separator: " ").map(String.init)
    #expect(
      wrapped(words, width: 7, indent: "").split(separator: "\n")
        == ["from", "28 % to", "9.5 ms,", "at", "10⁻⁵ s", "or the", "s"])
  }

  @Test func withoutColorThereIsNoEscape() throws {
    let (out, err) = try shown(.page(.long), colored: false)
    #expect(!out.contains("\u{1B}") && !err.contains("\u{1B}"))
    for words in [
      "Lesson 42", "✓ holds", "✗ fails", "– not checked at this scale", "▸ Both ways, side by side",
      "not measured; at least 1 ×", "Claims: ✓ 1 holds, ✗ 1 fails, – 1 not checked at this scale",
      "first scores: [", "42-demo-waves.png", "index.html",
    ] {
      #expect(unwrapped(out).contains(words), "missing: \(words)")
    }
  }

  /// The short page has questions without their answers, and a formula if it has just been
  /// announced.
  @Test func questionsAndAnnouncedFormulasInShort() throws {
    let short = unwrapped(try shown(.page(.short), colored: false).out)
    #expect(short.contains("? Before you read on How often does the one-pass way read the row?"))
    #expect(!short.contains("Once.") && !short.contains("m′ ="))
    var record = try RunFixture().run(DemoLesson.self).record
    let formula = Cell.Content.formula(Formula(latex: "a = b", legend: "The legend."))
    let texts = ["For all keys:", "For one key the sum is known. It ends so:"]
    record.cells = texts.flatMap { [.prose($0), formula] }.enumerated().map {
      Cell(id: "\($0)", content: $1)
    }
    #expect(
      printed(record) == ["", "For all keys:", "      a = b", "For one key the sum is known."])
  }

  /// The main figure is drawn although others have taken the room: those of other parts, and the
  /// lines of its own.
  @Test func theMainFigureIsAlwaysDrawn() throws {
    var record = try RunFixture().run(DemoLesson.self).record
    let figure = try #require(record.figures.first)
    record.lesson.figure = "last"
    record.cells = ["a", "b", "c", "d", "last"].flatMap { name -> [Cell] in
      var figure = figure
      figure.name = name
      let rows = name == "last" ? (0..<7).map { ["\($0)"] } : []
      return [
        Cell(id: name, content: .heading(name)),
        Cell(
          id: name + "-t",
          content: .table(Table(name: name, columns: ["row"], rows: rows, caption: "Rows."))),
        Cell(id: name + "-f", content: .figure(figure)),
      ]
    }
    let lines = printed(record)
    let drawn = Set(lines.filter { $0.hasPrefix("figure ") })
    #expect(drawn.contains("figure last") && drawn.count < 5)
    // The others are named in place of their captions.
    let title = "  Figure in the page: \(figure.title)"
    #expect(lines.filter { $0 == title }.count == 5 - drawn.count)
    #expect(lines.filter { $0.hasPrefix("  Figure: ") }.count == drawn.count)
    #expect(!zip(lines, lines.dropFirst()).contains { $0.isEmpty && $1.isEmpty })
  }

  /// A table that is too wide for the terminal would be a list of all its fields.
  @Test func aWideTableIsNamedInShort() throws {
    var record = try RunFixture().run(DemoLesson.self).record
    let names = (0..<12).map { "column number \($0)" }
    record.cells = [names, Array(names.prefix(2))].map {
      Cell(
        id: "\($0.count)",
        content: .table(
          Table(name: "t", columns: $0, rows: [$0], caption: "The names of all columns. More.")))
    }
    let lines = printed(record)
    #expect(lines.contains("  The names of all columns. (a table of 1 row)"))
    #expect(lines.contains("  The names of all columns."))
  }

  /// The lines of a record in short, at 80 × 24, with figures of 14 lines.
  private func printed(_ record: RunRecord) -> [String] {
    let sink = Sink()
    let printer = PagePrinter(
      page: TerminalPage(TerminalStyle(isColored: false)), detail: .short, height: 24,
      draw: { figure, _, rows in
        rows < 14 ? nil : .lines(Array(repeating: "figure " + figure.name, count: 14))
      }, out: { sink.take($0) })
    printer.mainFigure = record.lesson.figure
    for part in PagePart.parts(of: record) { printer.print(part) }
    return sink.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .map(String.init)
  }

  /// Color adds no information: without the color codes the output equals that without color.
  @Test func colorAddsNothingButColor() throws {
    let record = try RunFixture().run(DemoLesson.self).record
    let (plain, colored) = (
      TerminalPage(TerminalStyle(isColored: false)), TerminalPage(TerminalStyle(isColored: true))
    )
    for cell in record.cells {
      let painted = colored.text(of: cell)
      #expect(withoutCodes(painted) == plain.text(of: cell))
    }
    #expect(record.cells.contains { colored.text(of: $0).contains("\u{1B}[") })
  }

  @Test(arguments: [40, 60, 100]) func proseFitsTheWidth(width: Int) throws {
    let record = try RunFixture().run(DemoLesson.self).record
    let page = TerminalPage(TerminalStyle(isColored: false, width: width))
    for cell in record.cells {
      switch cell.content {
      case .prose, .notice, .claim, .heading:
        for line in page.text(of: cell).split(separator: "\n") where line.contains(" ") {
          #expect(line.count <= width || !line.dropFirst(4).contains(" "), "\(line)")
        }
      default: break
      }
    }
  }

  @Test func offATerminalEachStepHasTwoPlainLines() throws {
    let (out, err) = try shown(.progressOnly, colored: false)
    #expect(out.isEmpty)
    let lines = err.split(separator: "\n")
    #expect(lines.count == 6)
    #expect(lines.first == "start: Scores, as they come from a seeded generator")
    #expect(lines[1].hasPrefix("done: Scores, as they come from a seeded generator, "))
  }

  @Test func quietShowsClaimsAndFiles() throws {
    let (out, _) = try shown(.quiet, colored: false)
    #expect(out.contains("✗ fails") && out.contains("index.html"))
    #expect(!out.contains("▸") && !out.contains("The plain way"))
  }

  /// The bar appears after a second and goes before anything else is written.
  @Test func barIsDrawnInPlaceAfterASecond() throws {
    let sink = Sink()
    let line = ProgressLine(style: TerminalStyle(isColored: false), isAnimated: true) {
      sink.take($0)
    }
    line.begin("Train")
    line.update(StepProgress(done: 0, total: 100))
    Thread.sleep(forTimeInterval: 0.5)
    #expect(sink.text.isEmpty)
    line.update(StepProgress(done: 50, total: 100, detail: "loss 2.1"))
    Thread.sleep(forTimeInterval: 0.9)
    line.end("done")
    let text = sink.text
    #expect(text.contains("50 %  loss 2.1"))
    #expect(text.contains(" left"))
    #expect(text.hasSuffix("\r\u{1B}[2K"))
  }

  @Test func pathsAreLinksIfTheTerminalSupportsThem() {
    let style = TerminalStyle(isColored: true, linksFiles: true)
    #expect(
      style.path("/a b/c.png")
        == "\u{1B}]8;;file:///a%20b/c.png\u{1B}\\/a b/c.png\u{1B}]8;;\u{1B}\\")
    #expect(TerminalStyle(isColored: true).path("/a") == "/a")
  }
}

/// Text without its color codes: from each escape to the `m` behind it.
private func withoutCodes(_ text: String) -> String {
  let pieces = text.components(separatedBy: "\u{1B}[")
  return pieces[0] + pieces.dropFirst().map { $0.drop { $0 != "m" }.dropFirst() }.joined()
}

/// Text whose lines are joined.
private func unwrapped(_ text: String) -> String {
  text.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
}

/// Collects text from any thread.
private final class Sink: @unchecked Sendable {
  private let lock = NSLock()
  private var content = ""

  var text: String { lock.withLock { content } }
  func take(_ text: String) { lock.withLock { content += text } }
}
