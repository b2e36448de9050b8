import Foundation
import LessonKit
import Testing

/// Whatever a lesson shows of its sources is there. A page says "not at hand" where a program was
/// carried away from its sources, so that a name that has moved would only leave a hole.
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
      for shown in try shownSources(in: String(contentsOf: url, encoding: .utf8), file) {
        count += 1
        let excerpt = SourceFile(shown.path ?? shown.name, near: url.path).flatMap { source in
          shown.path == nil
            ? source.whole
            : shown.isMarked ? source.marked(shown.name) : source.declaration(of: shown.name)
        }
        let place = shown.path.map { "'\(shown.name)' of \($0)" } ?? shown.name
        #expect(excerpt?.text.isEmpty == false, "\(file) shows \(place), which is not there")
      }
    }
    #expect(count >= 50)
  }

  /// The calls of `show` in a source, a constant path put in. None is passed over: a call that this
  /// cannot read is a failure.
  private func shownSources(in source: String, _ file: String) throws -> [Shown] {
    let text = source.replacing(#/\s*\n\s*/#, with: " ")
    let calls = text.matches(
      of: #/\.show\( ?(marked: |file: )?"([^"]+)"(?:, in: (?:"([^"]+)"|(\w+)))?/#)
    #expect(calls.count == text.matches(of: #/\.show\(/#).count, "\(file): a call of another form")
    return try calls.map { call in
      var path = call.3.map(String.init)
      if let constant = call.4 {
        let value = text.firstMatch(of: try Regex("let \(constant)(?:: String)? = \"([^\"]+)\""))
        path = value?.output[1].substring.map(String.init)
        #expect(path != nil, "\(file): the constant \(constant) is not there")
      }
      return Shown(name: String(call.2), isMarked: call.1 == "marked: ", path: path)
    }
  }
}
