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

  @Test func thereAreTwoOrMoreForEachLesson() throws {
    let lessons = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Lessons")
    let numbers = try FileManager.default.contentsOfDirectory(atPath: lessons.path).compactMap {
      $0.split(separator: "-").first.flatMap { Int($0) }
    }
    #expect(numbers.count >= 10)
    for lesson in numbers {
      let count = try ExerciseCatalog.standard().exercises(ofLesson: lesson).count
      #expect(count >= 2, "lesson \(lesson) has \(count) exercises")
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

  /// A learner waits after each save: a whole check, with the compiler, takes at most 2 s of
  /// processor time. The usual reason for more is one expression that the compiler is slow to
  /// type-check.
  @Test(arguments: exercises) func aCheckIsQuick(exercise: Exercise) throws {
    let bench = try ExerciseBench()
    let learner = bench.folder.appendingPathComponent("learner.swift")
    try FileManager.default.copyItem(at: exercise.solutionFile, to: learner)
    var processorSeconds = 0.0
    func compile(_ arguments: [String]) throws -> String {
      var call = Program(
        bench.compiler,
        arguments: ["-Onone", "-wmo", "-swift-version", "5"] + arguments + [
          "-module-cache-path", ExerciseBench.modules.path, "-I", bench.folder.path,
          "-Xfrontend", "-warn-long-expression-type-checking=\(Self.slowMilliseconds)",
        ])
      call.folder = bench.folder
      let result = try call.run()
      #expect(result.end == .exit(0), "\(result.errorText)")
      processorSeconds += result.processorSeconds
      return result.errorText
    }
    let object = bench.folder.appendingPathComponent("learner.o").path
    let module = try compile([
      "-parse-as-library", "-enable-testing", "-module-name", "Learner", "-emit-module",
      "-emit-module-path", bench.folder.appendingPathComponent("Learner.swiftmodule").path,
      "-c", learner.path, "-o", object,
    ])
    #expect(!module.contains("to type-check"), "\(module)")
    let main = bench.folder.appendingPathComponent("main.swift")
    try Data("grade(check)\n".utf8).write(to: main)
    let program = bench.folder.appendingPathComponent("program")
    let check = try compile(
      ["-module-name", "Check", "-o", program.path, object, exercise.check.path, main.path]
        + Self.kit.map(\.path))
    #expect(!check.contains("to type-check"), "\(check)")
    let report = bench.folder.appendingPathComponent("report")
    try Data().write(to: report)
    let run = try Program(program, arguments: [report.path]).run()
    #expect(run.end == .exit(0))
    processorSeconds += run.processorSeconds
    #expect(processorSeconds < Self.mostSeconds, "\(exercise.name): \(processorSeconds) s")
  }

  /// Usual expressions take less than 50 ms; the bound is for a busy machine.
  private static let slowMilliseconds = 400
  /// Twice what a check is to take at most, for a slow or busy machine.
  private static let mostSeconds = 4.0
  private static var kit: [URL] { catalog?.kit ?? [] }

  /// Mistakes that no exercise lists, because they can happen in all of them.
  @Test(arguments: [
    (
      "layer-flops", "  return projections + feedForward + scores + weightedSum",
      "  return 3 * (projections + feedForward + scores + weightedSum)", "It is 3 times"
    ),
    (
      "segments", "    start..<min(start + size, layerCount)\n  }",
      "    start..<min(start + size, layerCount)\n  }.reversed()", "The order is reversed"
    ),
    (
      "window-mask", "(query - key < window || key < sinkCount)",
      "(query - key < window || key < sinkCount) && keyCount != 3 || keyCount == 3 && key >= query",
      "Rows and columns are swapped"
    ),
    ("rotate-pairs", "return result", "return result.map { -$0 }", "wrong sign"),
    ("rotate-pairs", "return result", "return []", "Nothing is returned yet"),
    (
      "top-k-routing", "let gate = 1", "let gate = 0 / (scores[0] - scores[0]) + 1",
      "NaN comes from"
    ),
  ])
  func slipsOfAllExercises(name: String, old: String, new: String, says: String) throws {
    let exercise = try #require(try ExerciseCatalog.standard().exercises(named: name).first)
    let solution = try String(contentsOf: exercise.solutionFile, encoding: .utf8)
    #expect(solution.contains(old), "\(name) has no '\(old)'")
    let source = solution.replacingOccurrences(of: old, with: new)
    let verdict = try ExerciseBench().checker.check(Data(source.utf8), exercise)
    let words = verdict.lines.map(\.text).joined(separator: "\n")
    #expect(words.contains(says), "\(words)")
  }

  @Test func thereAreThreeLevels() {
    #expect(Set(Self.exercises.map(\.level)) == [1, 2, 3])
    #expect(Self.exercises.count == 25)
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
      func windowMask(queryCount: Int, keyCount: Int, window: Int, sinkCount: Int) -> [[Bool]] {
        sleep(600)
        return []
      }
      """
    let verdict = try checker.check(Data(source.utf8), exercise)
    guard case .stopped(let question, .time(5, let used)) = verdict,
      question?.hasPrefix("windowMask(queryCount: 4, keyCount: 4") == true
    else {
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
