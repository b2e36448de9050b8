import Foundation
import LessonKit
import Testing

/// Every source that a lesson shows exists. If a program runs without its sources, the page only
/// says that the source file is not on this machine. So a wrong name would not be an error.
@Suite struct ShownSourcesTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private struct Shown {
    let name: String
    let isMarked: Bool
    /// Nil for a whole file, whose path is the name.
    let path: String?
  }

  @Test func everySourceThatALessonShowsIsThere() throws {
    let files = try FileManager.default
      .subpathsOfDirectory(atPath: Self.root.appendingPathComponent("Lessons").path)
      .filter { $0.hasSuffix(".swift") }
    var count = 0
    for file in files {
      let url = Self.root.appendingPathComponent("Lessons").appendingPathComponent(file)
      let lesson = try files.filter { $0.prefix { $0 != "/" } == file.prefix { $0 != "/" } }.map {
        try String(
          contentsOf: Self.root.appendingPathComponent("Lessons/\($0)"), encoding: .utf8)
      }
      let source = try String(contentsOf: url, encoding: .utf8)
      for shown in try shownSources(in: source, file, of: lesson.joined(separator: "\n")) {
        count += 1
        let excerpt = SourceFile(shown.path ?? shown.name, near: url.path).flatMap { source in
          shown.path == nil
            ? source.whole
            : shown.isMarked ? source.marked(shown.name) : source.declaration(of: shown.name)
        }
        let place = shown.path.map { "'\(shown.name)' of \($0)" } ?? shown.name
        #expect(excerpt?.text.isEmpty == false, "\(file) shows \(place), which does not exist")
      }
    }
    #expect(count >= 50)
  }

  /// The calls of `show` in a source. A constant path is replaced by its value, from any file of the
  /// lesson. A call that cannot be read is a failure.
  private func shownSources(
    in source: String, _ file: String, of lesson: String
  ) throws -> [Shown] {
    let text = source.replacing(#/\s*\n\s*/#, with: " ")
    let calls = text.matches(
      of: #/\.show\( ?(marked: |file: )?"([^"]+)"(?:, in: (?:"([^"]+)"|(\w+)(?:\("(\w+)"\))?))?/#)
    #expect(calls.count == text.matches(of: #/\.show\(/#).count, "\(file): a call of another form")
    return try calls.map { call in
      var path = call.3.map(String.init)
      if let name = call.4 {
        // `let name = "path"`, or `func name(_ name: String) -> String { "path" }`.
        let declaration =
          call.5 == nil
          ? "let \(name)(?:: String)? = " : #"func \#(name)\(_ name: String\) -> String \{\s*"#
        let value = lesson.firstMatch(of: try Regex(declaration + #""([^"]+)""#))
        path = value?.output[1].substring.map {
          String($0).replacing(#"\(name)"#, with: String(call.5 ?? ""))
        }
        #expect(path != nil, "\(file): the path \(name) is not declared")
      }
      return Shown(name: String(call.2), isMarked: call.1 == "marked: ", path: path)
    }
  }
}
