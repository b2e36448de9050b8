import Foundation
import Testing

/// The pages for teachers in `Workshop` agree with the lessons and exercises of the course.
@Suite struct TeacherPagesTests {
  private let pages: [MarkdownPage]

  init() throws { pages = try MarkdownPage.all(in: "Workshop") }

  /// The page of lesson 5 is `05-flash-tiling.md` and tells how long a run takes.
  @Test func everyLessonHasAPageWithItsTime() throws {
    let list = try MarkdownPage("Workshop/README.md").lines.joined(separator: "\n")
    let lessons = try LessonFolder.all()
    #expect(lessons.count > 5)
    for lesson in lessons {
      let page = pages.first { $0.path == "Workshop/\(lesson.pageName)" }
      let text = try #require(page, "no Workshop/\(lesson.pageName)").lines.joined(separator: "\n")
      let hasNumber = text.hasPrefix("# \(lesson.number). ")
      let hasQuestion = text.contains("*\(lesson.question)*")
      let hasTime = text.contains("about \(lesson.standardSeconds) s at standard scale")
      #expect(hasNumber && hasQuestion, "\(lesson.pageName): the title or the question differs")
      #expect(hasTime, "\(lesson.pageName): the card says \(lesson.standardSeconds) s")
      let row = list.split(separator: "\n").first { $0.contains("](\(lesson.pageName))") }
      #expect(
        row?.hasSuffix("| \(lesson.standardSeconds) s |") == true, "\(lesson.slug) in the list")
    }
    let numbered = pages.filter { $0.path.contains("/0") || $0.path.contains("/1") }
    #expect(numbered.count == lessons.count, "a page of a lesson that is not there")
  }

  /// Names of figures, tables, claims, steps, lessons and exercises, written as code.
  @Test func everyNameIsThatOfSomethingInTheCourse() throws {
    let lessons = try LessonFolder.all()
    let exercises = try ExerciseFolder.all()
    let common = Set(lessons.map(\.slug) + exercises.map(\.name))
    let everything = lessons.reduce(into: common) { $0.formUnion($1.names) }
    let others: Set = ["Workshop/Day.md", "Workshop/Swift.md"]
    for page in pages where !others.contains(page.path) {
      let own = lessons.first { page.path.hasSuffix($0.pageName) }
      let known = own.map { common.union($0.names) } ?? everything
      for line in page.prose {
        for name in MarkdownPage.codeSpans(line.text).compactMap(Self.name(in:)) {
          let isKnown = known.contains(name)
          #expect(isKnown, "\(page.path), line \(line.line): what is '\(name)'?")
        }
      }
    }
  }

  /// The table of exercises on the page of a lesson has all of its exercises.
  @Test func everyExerciseIsOnThePageOfItsLesson() throws {
    let exercises = try ExerciseFolder.all()
    for lesson in try LessonFolder.all() {
      let page = try MarkdownPage("Workshop/\(lesson.pageName)")
      let table = try #require(page.tables.first { $0.header == ["name", "level", "for"] })
      let named = table.rows.flatMap { MarkdownPage.codeSpans($0.cells[0]) }
      let expected = exercises.filter { $0.lesson == lesson.number }
      #expect(Set(named) == Set(expected.map(\.name)), "\(page.path)")
      for row in table.rows {
        let name = MarkdownPage.codeSpans(row.cells[0]).first
        let level = expected.first { $0.name == name }?.level
        #expect(row.cells[1] == level, "\(page.path): the level of \(name ?? "?")")
      }
    }
  }

  /// In a table whose first column is "minutes", the last row has the sum.
  @Test func minutesAddUp() throws {
    let plans = pages.flatMap { page in
      page.tables.filter { $0.header.first == "minutes" }.map { (page.path, $0.rows) }
    }
    #expect(plans.count > 10)
    for (path, rows) in plans {
      let minutes = rows.dropLast().compactMap { Int($0.cells[0]) }
      #expect(minutes.count == rows.count - 1, "\(path): a row without minutes")
      #expect(rows.last?.cells[0] == "**\(minutes.reduce(0, +))**", "\(path): \(minutes)")
    }
  }

  @Test func everyLinkLeadsToAFile() throws {
    let documents =
      pages + [try MarkdownPage("README.md"), try MarkdownPage("Exercises/README.md")]
    #expect(documents.flatMap(\.links).count > 60)
    for page in documents {
      let folder = SourceFile.root.appendingPathComponent(page.path).deletingLastPathComponent()
      for link in page.links {
        let target = folder.appendingPathComponent(link.text).standardizedFileURL.path
        #expect(
          FileManager.default.fileExists(atPath: target),
          "\(page.path), line \(link.line): \(link.text)")
      }
    }
  }

  /// A command line of `lab` in code: the exercise or lesson that it names; otherwise the code, if it
  /// looks like a name.
  private static func name(in code: String) -> String? {
    let words = code.split(separator: " ").map(String.init)
    let commands: Set = ["run", "open", "watch", "check", "hint", "solution", "reset"]
    if words.count > 2, words[0] == "lab", commands.contains(words[1]) {
      return words[2] != "all" && isName(words[2]) ? words[2] : nil
    }
    return isName(code) ? code : nil
  }

  /// Small letters, digits and hyphens, beginning with a letter; not the program.
  private static func isName(_ text: String) -> Bool {
    guard let first = text.first, first.isLowercase, text != "lab"
    else { return false }
    return text.allSatisfy { $0 == "-" || $0.isASCII && ($0.isLowercase || $0.isNumber) }
  }
}

/// A lesson as its source describes it.
private struct LessonFolder {
  let number: Int
  let slug: String
  let question: String
  let standardSeconds: Int
  /// Identifiers of claims, measurements, figures, tables and steps.
  let names: Set<String>

  var pageName: String { (number < 10 ? "0" : "") + "\(number)-\(slug).md" }

  static func all() throws -> [LessonFolder] {
    let figures = try FileManager.default.contentsOfDirectory(
      atPath: SourceFile.root.appendingPathComponent("Figures").path)
    let files = try SourceFile.all()
    return try SourceFile.targetFolders(in: "Lessons").map { folder in
      let sources = files.filter { $0.path.hasPrefix("Lessons/\(folder)/") }
      return try LessonFolder(sources, figures: figures)
    }
  }

  private init(_ sources: [SourceFile], figures: [String]) throws {
    let card = try #require(sources.first { $0.path.hasSuffix("/Lesson.swift") }).source
    func first(_ pattern: Regex<(Substring, Substring)>) throws -> String {
      String(try #require(card.firstMatch(of: pattern)).1)
    }
    number = try #require(Int(first(#/number: (\d+)/#)))
    slug = try first(#/slug: "([^"]+)"/#)
    standardSeconds = try #require(Int(first(#/standardSeconds: (\d+)/#)))
    // One line, or several with a backslash at their ends.
    question = try first(#/question:\s*(?:""")?\s*"?([^"]+?)\s*"/#)
      .replacing(#/\\\n\s*/#, with: "")
    let calls = sources.flatMap { file in
      file.source.matches(of: #/notebook\.(?:claim|measure|figure|table|step)\(\s*"([^"]+)"/#)
        .map { String($0.1) }
    }
    // An identifier that is put together from values is found in the gallery or in a pattern.
    let stem = (number < 10 ? "0" : "") + "\(number)-\(slug)-"
    let drawn = figures.filter { $0.hasPrefix(stem) && $0.hasSuffix(".png") }
      .map { String($0.dropFirst(stem.count).dropLast(4)) }
    let values = sources.flatMap { file in
      file.source.matches(of: #/case (\w+)(?: = "([^"]+)")?/#).map { String($0.2 ?? $0.1) }
    }
    let composed = calls.flatMap { call -> [String] in
      let parts = call.split(separator: #/\\\([^)]*\)/#, omittingEmptySubsequences: false)
      return parts.count == 2 ? values.map { parts[0] + $0 + parts[1] } : []
    }
    names = Set(calls + drawn + composed)
  }
}

/// An exercise as its folder is named: `05-1-online-softmax`.
private struct ExerciseFolder {
  let lesson: Int
  let name: String
  /// As its `About.md` says.
  let level: String

  static func all() throws -> [ExerciseFolder] {
    try SourceFile.targetFolders(in: "Exercises").compactMap { folder in
      let parts = folder.split(separator: "-", maxSplits: 2)
      guard parts.count == 3, let lesson = Int(parts[0]) else { return nil }
      let about = try MarkdownPage("Exercises/\(folder)/About.md").lines
      let level = about.first { $0.hasPrefix("Level: ") }?.dropFirst("Level: ".count)
      return ExerciseFolder(
        lesson: lesson, name: String(parts[2]), level: level.map(String.init) ?? "none")
    }
  }
}
