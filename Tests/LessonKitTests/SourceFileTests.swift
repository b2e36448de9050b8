import Foundation
import LessonKit
import TestSupport
import Testing

/// Excerpts are cut by matching braces. Braces in strings and comments do not count.
@Suite struct SourceFileTests {
  /// A built checkout that was moved: the sources are those beside the program.
  @Test func sourcesAreBesideTheProgram() throws {
    try withTemporaryFolder { folder in
      let program = folder.appendingPathComponent(".build/release/lab")
      let source = folder.appendingPathComponent("Sources/A/File.swift")
      for file in [folder.appendingPathComponent("Package.swift"), program, source] {
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data().write(to: file)
      }
      func now(_ path: String) -> String { currentPath(ofSource: path, program: program) }
      #expect(now("/old/place/Sources/A/File.swift") == source.path)
      #expect(now(source.path) == source.path)
      #expect(now("/old/place/Sources/A/Gone.swift") == "/old/place/Sources/A/Gone.swift")
    }
    let elsewhere = URL(fileURLWithPath: "/usr/bin/lab")
    #expect(currentPath(ofSource: "/old/A.swift", program: elsewhere) == "/old/A.swift")
  }

  private func body(_ source: String, line: Int = 1) -> String? {
    SourceFile(path: "Test.swift", text: source).closure(of: "step", at: line)?.text
  }

  @Test(arguments: [
    ("page.step(\"a\") { one }", " one "),
    ("page.step(\"a (b\") { f(\"}\") }", "f(\"}\")"),
    ("let x = try page.step(\"}{\", line: (1)) { a { b { c } } }; d { e }", "a { b { c } }"),
    ("page.step(\"a\") { // }\n  x /* } /* } */ } */ + y\n}", "// }\nx /* } /* } */ } */ + y"),
    ("page.step(\"a\") { \"\\(f { \"}\" }) }\" }", "\"\\(f { \"}\" }) }\""),
    ("page.step(\"a\") { #\"\\(\" }\"# }", "#\"\\(\" }\"#"),
    ("page.step(\"a\") { \"\"\"\n  } \" {\n  \"\"\" }", "\"\"\"\n} \" {\n\"\"\""),
    ("page.step(\"\\(f(\")\"))\") { inner }", "inner"),
    ("page.step(\"a\") { \"\\\"}\" }", "\"\\\"}\""),
  ])
  func closureBody(source: String, expected: String) throws {
    let found = try #require(body(source))
    #expect(found.trimmed == expected.trimmed)
  }

  @Test func bodyIsDedentedAndPlaced() throws {
    let source = """
      struct A {
        func teach() {
          page.step("first") { other }
          page.step("second") {

            let x = 1
            if x > 0 {
              print(x)
            }
          }
        }
      }
      """
    let file = SourceFile(path: "Test.swift", text: source)
    let excerpt = try #require(file.closure(of: "step", at: 4))
    #expect(excerpt.text == "let x = 1\nif x > 0 {\n  print(x)\n}")
    #expect(excerpt.firstLine == 6)
  }

  @Test(arguments: ["page.step(\"a\") { never closed", "page.step(\"a\")", "page.step", "", "{"])
  func brokenSourceGivesNothing(source: String) {
    #expect(body(source) == nil)
  }

  @Test func lineBeyondTheEndGivesNothing() {
    #expect(body("page.step(\"a\") { b }", line: 9) == nil)
  }

  @Test func declarationComesWithItsComment() throws {
    let source = """
      import A

      /// First line.
      /// Second line.
      @frozen
      public struct Rotary { // not { this
        let brace = "}"
      }
      struct RotaryOther {}
      """
    let file = SourceFile(path: "Test.swift", text: source)
    let excerpt = try #require(file.declaration(of: "Rotary"))
    #expect(excerpt.firstLine == 3)
    #expect(excerpt.text.hasPrefix("/// First line."))
    #expect(excerpt.text.hasSuffix("let brace = \"}\"\n}"))
    #expect(file.declaration(of: "Nothing") == nil)
  }

  @Test func markedLines() throws {
    let source = "a\n  // lesson: begin core\n  b\n    c\n  // lesson: end core\nd"
    let excerpt = try #require(SourceFile(path: "T.swift", text: source).marked("core"))
    #expect(excerpt.text == "b\n  c")
    #expect(excerpt.firstLine == 3)
    #expect(SourceFile(path: "T.swift", text: source).marked("cor") == nil)
  }

  /// Every token begins where the last one ended, in every prefix of a source.
  @Test func tokensCoverTheSource() {
    let source = "let a = #\"x\\#(b { \"}\" })\"# /* c */ + 0x1F.5 // é\n\"\"\"\n\\(q)\n\"\"\""
    for count in 0...source.count {
      let part = String(source.prefix(count))
      #expect(scannedPieces(of: part).joined() == part)
    }
  }

  /// The source in a record can be any text. Some of these took minutes or exhausted the stack.
  @Test(.timeLimit(.minutes(30)), arguments: ["#", "\"\\(", "/*", "\"#", "#\"\\#(", "((", "\\#"])
  func everySourceIsScannedInLinearTime(part: String) {
    let source = String(repeating: part, count: 1_000_000)
    #expect(scannedPieces(of: source).joined().utf8.elementsEqual(source.utf8))
  }

  @Test func interpolationsMayBeNested() {
    let source = "page.step(\"\\(a(\"\\(b(\"\\(c(\")\"))\"))\"))\") { inner }"
    #expect(body(source)?.trimmed == "inner")
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
