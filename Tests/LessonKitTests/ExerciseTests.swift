import Foundation
import LessonKit
import SystemSupport
import TestSupport
import Testing

/// The exercises themselves: the given file counts as not attempted, every solution passes, and
/// every mistake fails with the sentence that names it.
@Suite struct ExerciseTests {
  private static let catalog = try? ExerciseCatalog.standard()
  static let exercises = catalog?.exercises ?? []

  @Test func thereAreTwoForEachLesson() throws {
    let lessons = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Lessons")
    let numbers = try FileManager.default.contentsOfDirectory(atPath: lessons.path).compactMap {
      $0.split(separator: "-").first.flatMap { Int($0) }
    }
    #expect(numbers.count >= 10)
    for lesson in numbers {
      let count = try ExerciseCatalog.standard().exercises(ofLesson: lesson).count
      #expect(count == 2, "lesson \(lesson) has \(count) exercises")
    }
    #expect(Set(Self.exercises.map(\.name)).count == Self.exercises.count)
  }

  @Test(arguments: exercises) func givenFilesAreComplete(exercise: Exercise) throws {
    #expect(!exercise.title.isEmpty && !exercise.task.isEmpty)
    #expect(exercise.hints.count >= 3, "\(exercise.name) has \(exercise.hints.count) hints")
    let template = try String(contentsOf: exercise.template, encoding: .utf8)
    #expect(template.components(separatedBy: "TODO").count == 2)
    #expect(template.contains("///"))
    let mutants = try Mutant.all(in: String(contentsOf: exercise.mutants, encoding: .utf8))
    #expect(mutants.count >= 3)
  }

  /// The given file compiles, and it would fail if it counted as an attempt.
  @Test(arguments: exercises) func anUnchangedFileDoesNotPass(exercise: Exercise) throws {
    let bench = try ExerciseBench()
    try bench.book.begin(exercise)
    #expect(try bench.book.check(exercise, by: bench.checker).verdict == .notAttempted)
    let verdict = try bench.checker.check(exercise.template, exercise)
    guard case .wrong = verdict else {
      Issue.record("the given file of \(exercise.name): \(verdict)")
      return
    }
  }

  @Test(arguments: exercises) func solutionPasses(exercise: Exercise) throws {
    let verdict = try ExerciseBench().checker.check(exercise.solutionFile, exercise)
    #expect(verdict.isPassed, "\(exercise.name): \(verdict)")
  }

  /// It sleeps, and so uses no processor time.
  @Test func aFunctionThatSleeps() throws {
    let bench = try ExerciseBench()
    var checker = bench.checker
    checker.limits.seconds = 5
    let exercise = try #require(
      try ExerciseCatalog.standard().exercises(named: "window-mask").first)
    let source = """
      import Foundation
      func windowMask(length: Int, window: Int) -> [[Bool]] {
        sleep(600)
        return []
      }
      """
    let verdict = try checker.check(Data(source.utf8), exercise)
    guard case .stopped("windowMask(length: 4, window: 2)", .time(5, let used)) = verdict else {
      Issue.record("\(verdict)")
      return
    }
    #expect(used < 1 && verdict.lines.last?.text.contains("Does it sleep") == true)
  }

  /// Another process checks a newer text and passes, while an older text is still being checked.
  @Test func anOlderVerdictDoesNotReplaceANewerOne() throws {
    let bench = try ExerciseBench()
    let exercise = try #require(
      try ExerciseCatalog.standard().exercises(named: "window-mask").first)
    let solution = try Data(contentsOf: exercise.solutionFile)
    try bench.book.begin(exercise)
    try Data("func other() {}".utf8).write(to: bench.book.file(of: exercise))
    // The compiler of the older check saves the newer text and lets it be stored as passed.
    let newer = bench.folder.appendingPathComponent("newer.swift")
    try solution.write(to: newer)
    let passed = bench.folder.appendingPathComponent("passed.json")
    let other = Workbook(
      folder: bench.folder.appendingPathComponent("other"),
      progressFolder: bench.folder.appendingPathComponent("other progress")
    ) { Issue.record("notice: \($0)") }
    try other.begin(exercise)
    try solution.write(to: other.file(of: exercise))
    #expect(try other.check(exercise, by: bench.checker).verdict.isPassed)
    try FileManager.default.copyItem(at: other.progressFile(of: exercise), to: passed)
    try FileManager.default.createDirectory(
      at: bench.book.progressFolder, withIntermediateDirectories: true)
    let script = bench.folder.appendingPathComponent("swiftc")
    try writeProgram(
      """
      cp '\(newer.path)' '\(bench.book.file(of: exercise).path)'
      cp '\(passed.path)' '\(bench.book.progressFile(of: exercise).path)'
      exec '\(bench.compiler.path)' "$@"
      """, to: script)
    let slow = ExerciseChecker(
      compiler: script, catalog: try .standard(),
      scratch: bench.folder.appendingPathComponent("scratch"), modules: ExerciseBench.modules)
    #expect(try !bench.book.check(exercise, by: slow).verdict.isPassed)
    #expect(bench.book.hasPassed(exercise))
    #expect(try bench.book.progress(of: exercise).attempts == 2)
  }

  @Test(arguments: exercises) func everyMistakeIsNamed(exercise: Exercise) throws {
    let bench = try ExerciseBench()
    let solution = try String(contentsOf: exercise.solutionFile, encoding: .utf8)
    let mutants = try Mutant.all(in: String(contentsOf: exercise.mutants, encoding: .utf8))
    for (index, mutant) in mutants.enumerated() {
      let file = bench.folder.appendingPathComponent("mutant-\(index).swift")
      try Data(try mutant.applied(to: solution).utf8).write(to: file)
      let verdict = try bench.checker.check(file, exercise)
      if case .doesNotCompile = verdict {
        Issue.record("\(exercise.name), \(mutant.name) does not compile: \(verdict)")
        continue
      }
      #expect(!verdict.isPassed, "\(exercise.name) passes with a mistake: \(mutant.name)")
      let words = verdict.lines.map(\.text).joined(separator: "\n")
      #expect(words.contains(mutant.says), "\(exercise.name), \(mutant.name): \(words)")
    }
  }
}

extension Exercise: CustomTestStringConvertible {
  public var testDescription: String { stem }
}

/// A learner's folder and the compiler, for one test.
final class ExerciseBench {
  let folder: URL
  let book: Workbook
  let checker: ExerciseChecker
  let compiler: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "exercise-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    book = Workbook(
      folder: folder.appendingPathComponent("Workbook"),
      progressFolder: folder.appendingPathComponent("progress")
    ) { Issue.record("notice: \($0)") }
    compiler = try #require(Program.find("swiftc"), "no swiftc on the path")
    checker = ExerciseChecker(
      compiler: compiler, catalog: try .standard(),
      scratch: folder.appendingPathComponent("scratch"), modules: Self.modules)
  }

  /// Shared by all tests of a run.
  static let modules = FileManager.default.temporaryDirectory.appendingPathComponent(
    "exercise-modules-\(ProcessInfo.processInfo.processIdentifier)")

  deinit { try? FileManager.default.removeItem(at: folder) }
}
