import Foundation
import LessonKit
import TestSupport
import Testing

/// A learner's file as a program that a lesson calls: its answers, and what ends it.
@Suite(.timeLimit(.minutes(30))) struct LearnerProgramTests {
  private struct Stream: Encodable {
    var scores: [Float]
    var values: [[Float]]
  }

  private struct Trace: Decodable {
    var maxima: [Float]
    var sums: [Float]
    var output: [Float]
  }

  private static let signature = "  mutating func add(score: Float, value: [Float]) {\n"

  /// The solution, which first does something else for a score that no check has.
  private func source(unless trick: String) throws -> String {
    let exercise = try Self.exercise()
    let solution = try String(contentsOf: exercise.solutionFile, encoding: .utf8)
    return solution.replacingOccurrences(
      of: Self.signature, with: Self.signature + "  if score == 77 {\n\(trick)\n  }\n")
  }

  private static func exercise() throws -> Exercise {
    try #require(try ExerciseCatalog.standard().exercises(named: "online-softmax").first)
  }

  private func program(
    _ bench: ExerciseBench, _ text: String, seconds: Double = 60
  ) throws -> LearnerProgram {
    let exercise = try Self.exercise()
    try bench.book.begin(exercise)
    try Data(text.utf8).write(to: bench.book.file(of: exercise))
    #expect(throws: NotPassed(exercise: "online-softmax")) {
      try bench.book.program(of: exercise, by: bench.checker)
    }
    let verdict = try bench.book.check(exercise, by: bench.checker).verdict
    #expect(verdict.isPassed, "\(verdict)")
    var limits = LearnerProgram.Limits()
    limits.seconds = seconds
    return try bench.book.program(of: exercise, by: bench.checker, limits: limits)
  }

  private func ask(_ program: LearnerProgram, _ scores: [Float]) throws -> Trace {
    try program.call(
      Stream(scores: scores, values: scores.map { [$0, 1] }), returning: Trace.self)
  }

  @Test func answersManyCalls() throws {
    let bench = try ExerciseBench()
    let program = try program(bench, try source(unless: "    print(score)"))
    #expect(try ask(program, [3]).output == [3, 1])
    #expect(try ask(program, [77, 77]).maxima == [77, 77])
    let long = try ask(program, (0..<20_000).map { Float($0 % 7) })
    #expect(long.sums.count == 20_000 && abs(long.output[1] - 1) < 1e-3)
    let infinite = try ask(program, [-.infinity, 0])
    #expect(infinite.maxima == [-.infinity, 0] && infinite.sums[0].isNaN)
    #expect(program.calls.count == 4 && program.calls.seconds > 0)
    let scratch = bench.folder.appendingPathComponent("scratch")
    func kept() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        .count { $0.hasPrefix("longcontextlab-check-") }
    }
    #expect(try kept() == 1)
    program.remove()
    #expect(try kept() == 0)
  }

  @Test(arguments: [
    ("    maximum = value[9]", "stopped with an error: Index out of range"),
    ("    exit(0)", "ended the program before it answered"),
    ("    while true {}", "was still running after 2 s in one call"),
    ("    kill(getpid(), SIGSTOP)", "was still running after 2 s in one call"),
    (
      "    var all: [[Int]] = []\n    while true { all.append(Array(repeating: 1, count: 1 << 24)) }",
      "used more than 2000 MB of memory"
    ),
  ])
  func aFunctionThatFailsLater(trick: String, sentence: String) throws {
    let bench = try ExerciseBench()
    let program = try program(
      bench, try source(unless: trick), seconds: sentence.contains("2 s") ? 2 : 60)
    #expect(try ask(program, [1, 2]).maxima == [1, 2])
    do {
      _ = try ask(program, [1, 77])
      Issue.record("it answered")
    } catch let failure as LearnerFailure {
      #expect("\(failure)".contains(sentence), "\(failure)")
      #expect("\(failure)".contains("'online-softmax'"))
    }
    // The next call starts it again.
    #expect(try ask(program, [1, 2]).maxima == [1, 2])
  }
}
