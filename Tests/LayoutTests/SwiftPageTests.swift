import Foundation
import SystemSupport
import TestSupport
import Testing

/// `Workshop/Swift.md`: every piece of Swift on it compiles, prints what its comments say, or is
/// refused by the compiler where the page says so.
@Suite(.needs(program: "swiftc")) struct SwiftPageTests {
  private let page: MarkdownPage
  /// The first block: the names that the tables and the other blocks use.
  private let context: MarkdownPage.Code
  private let examples: [MarkdownPage.Code]

  init() throws {
    page = try MarkdownPage("Workshop/Swift.md")
    let blocks = page.blocks("swift")
    context = try #require(blocks.first)
    examples = Array(blocks.dropFirst())
  }

  @Test func everySnippetCompilesAndPrintsWhatItSays() throws {
    let cells = column("Swift") + column("write")
    #expect(examples.count > 3 && cells.count > 30)
    // The cells are compiled and not run.
    let functions = (examples + cells.map(Self.statement)).enumerated().map {
      function("snippet\($0)", $1)
    }
    let calls = examples.indices.map { "try snippet\($0)()" }
    try withTemporaryFolder { folder in
      let main = folder.appendingPathComponent("main.swift")
      let program = folder.appendingPathComponent("page")
      let source = ["import Foundation"] + functions + calls
      try source.joined(separator: "\n").write(to: main, atomically: true, encoding: .utf8)
      let compiled = try compile([main.path, "-o", program.path])
      try #require(compiled.end == .exit(0), "\(compiled.errorText)")
      let run = try Program(program).run()
      #expect(run.end == .exit(0), "\(run.errorText)")
      let printed = run.outputText.split(separator: "\n").map(String.init)
      let expected = examples.flatMap(Self.printedText)
      for (line, text) in zip(expected, printed) {
        #expect(line.text == text, "\(page.path), line \(line.line)")
      }
      #expect(printed.count == expected.count)
    }
  }

  @Test func theCompilerRefusesWhatThePageSays() throws {
    let refused = column("you write")
    #expect(refused.count > 5)
    let functions = refused.map(Self.statement).enumerated().map { function("refused\($0)", $1) }
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("refused.swift")
      let source = ["import Foundation"] + functions
      try source.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
      let errors = try compile(["-typecheck", file.path]).errorText
      for cell in refused {
        #expect(
          errors.contains("\(page.path):\(cell.line):"), "'\(cell.text)' compiles: \(errors)")
      }
    }
  }

  private func compile(_ arguments: [String]) throws -> Program.Result {
    var program = try Program(named: "swiftc", arguments: ["-suppress-warnings"] + arguments)
    program.timeLimit = 300
    return try program.run()
  }

  /// The pieces of code in the columns with this header, over all tables.
  private func column(_ header: String) -> [MarkdownPage.Code] {
    page.tables.flatMap { table -> [MarkdownPage.Code] in
      guard let index = table.header.firstIndex(of: header) else { return [] }
      return table.rows.flatMap { row in
        MarkdownPage.codeSpans(row.cells[index]).map { .init(line: row.line, text: $0) }
      }
    }
  }

  /// A cell that is an expression, as a statement.
  private static func statement(_ cell: MarkdownPage.Code) -> MarkdownPage.Code {
    let words: Set = ["let", "var", "for", "while", "if"]
    let first = cell.text.prefix { $0.isLetter }
    return words.contains(String(first))
      ? cell : .init(line: cell.line, text: "_ = (\(cell.text))")
  }

  /// The code in a function of its own, after the context. Errors name the lines of the page.
  private func function(_ name: String, _ code: MarkdownPage.Code) -> String {
    """
    func \(name)() throws {
    #sourceLocation(file: "\(page.path)", line: \(context.line))
    \(context.text)
    do {
    #sourceLocation(file: "\(page.path)", line: \(code.line))
    \(code.text)
    #sourceLocation()
    }
    }
    """
  }

  /// What a block prints by its comments: one line for each line with a call of `print`.
  private static func printedText(_ block: MarkdownPage.Code) -> [MarkdownPage.Code] {
    block.text.components(separatedBy: "\n").enumerated().compactMap { index, line in
      guard line.contains("print("), let comment = line.range(of: "// ") else { return nil }
      return .init(line: block.line + index, text: String(line[comment.upperBound...]))
    }
  }
}
