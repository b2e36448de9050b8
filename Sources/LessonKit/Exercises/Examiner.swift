import Foundation
import SystemSupport

/// Compiles a learner's file by itself, with the check of its exercise, and runs the two.
///
/// No build of the package takes part: an open editor may hold that, and a few small files compile
/// in a second or two.
public struct Examiner {
  let compiler: URL
  let kit: [URL]
  /// Where programs and module caches are kept; one folder for each exercise in it.
  let scratch: URL
  /// The compiler's cache of system modules: a second or two the first time.
  let modules: URL
  /// Processor time that a learner's function may take.
  var seconds = 5

  public init(compiler: URL, shelf: ExerciseCatalog, scratch: URL, modules: URL? = nil) {
    self.modules = modules ?? scratch.appendingPathComponent("modules")
    self.compiler = compiler
    kit = shelf.kit
    self.scratch = scratch
  }

  /// Checks any file against an exercise.
  /// - Throws: `WorkbookError` where the scratch folder cannot be written.
  public func examine(_ file: URL, _ exercise: Exercise, as name: String? = nil) throws -> Verdict {
    let place = scratch.appendingPathComponent(name ?? exercise.stem)
    do {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      if let words = try compile(file, exercise, in: place) { return .broken(words) }
      return try run(in: place)
    } catch let error as CocoaError {
      throw WorkbookError(path: place.path, trouble: "cannot be used: \(error)")
    }
  }

  /// Nil where it compiles; else the compiler's words.
  ///
  /// The learner's file is a module of its own, so that no name in it meets one of the check's.
  private func compile(_ file: URL, _ exercise: Exercise, in place: URL) throws -> String? {
    let main = place.appendingPathComponent("main.swift")
    try Data("grade(check)\n".utf8).write(to: main)
    let object = place.appendingPathComponent("Learner.o").path
    let learner = [
      "-parse-as-library", "-enable-testing", "-module-name", "Learner", "-emit-module",
      "-emit-module-path", place.appendingPathComponent("Learner.swiftmodule").path,
      "-c", file.path, "-o", object,
    ]
    if let words = try compile(learner, in: place) {
      return words.replacingOccurrences(of: file.path, with: file.lastPathComponent)
    }
    let check = [
      "-module-name", "Check", "-I", place.path, "-o", program(in: place).path, object,
      exercise.check.path, main.path,
    ]
    guard let words = try compile(check + kit.map(\.path), in: place) else { return nil }
    return "Your file does not fit the check: the name and the types of the function must stay as "
      + "they were given ('lab reset \(exercise.name)' gives the file back, and keeps yours).\n"
      + words
  }

  private func compile(_ arguments: [String], in place: URL) throws -> String? {
    var program = Program(
      compiler,
      arguments: [
        "-Onone", "-wmo", "-swift-version", "5", "-module-cache-path", modules.path,
      ] + arguments)
    program.environment = ["NO_COLOR": "1", "TERM": "dumb"]
    program.timeLimit = 60
    program.outputLimit = 20_000
    let result = try program.run()
    switch result.end {
    case .exit(0): return nil
    case .timeLimit:
      return "The compiler had not come back after 60 s. Is there a very long expression? "
        + "Break it into parts."
    case .exit, .signal:
      let lines = result.errorText.split(separator: "\n", omittingEmptySubsequences: false)
      return lines.prefix(30).joined(separator: "\n").trimmingCharacters(in: .newlines)
    }
  }

  private func program(in place: URL) -> URL { place.appendingPathComponent("check") }

  private func run(in place: URL) throws -> Verdict {
    let report = place.appendingPathComponent("report")
    try Data().write(to: report)
    // The limits stop what a learner's loop could do to the machine: processor seconds, bytes of
    // memory, blocks written.
    let limits = "ulimit -t \(seconds) -f 40000 2>/dev/null; ulimit -v 6000000 2>/dev/null; "
    var shell = Program(
      URL(fileURLWithPath: "/bin/sh"),
      arguments: ["-c", limits + "exec \"$0\" \"$1\"", program(in: place).path, report.path])
    shell.environment = ["SWIFT_BACKTRACE": "enable=no"]
    shell.timeLimit = Double(seconds) + 3
    shell.outputLimit = 20_000
    let result = try shell.run()
    let answers = Report(firstText(of: report, byteCount: 200_000))
    switch result.end {
    case .exit: return answers.verdict
    case .timeLimit, .signal(SIGXCPU), .signal(SIGKILL):
      return .endless(asked: answers.asked, seconds: seconds)
    case .signal(let number):
      return .crashed(
        asked: answers.asked, message: Self.trap(in: result.errorText) ?? "signal \(number)")
    }
  }

  /// The beginning of a file; the learner's program may have written to it without end.
  private func firstText(of file: URL, byteCount: Int) -> String {
    guard let handle = try? FileHandle(forReadingFrom: file) else { return "" }
    defer { try? handle.close() }
    let data = (try? handle.read(upToCount: byteCount)) ?? nil
    return String(decoding: data ?? Data(), as: UTF8.self)
  }

  /// "Index out of range", from the last words of a Swift program.
  private static func trap(in words: String) -> String? {
    guard let line = words.split(separator: "\n").last(where: { $0.contains("Fatal error") }),
      let place = line.range(of: "Fatal error")
    else { return nil }
    let text = line[place.upperBound...].drop { $0 == ":" || $0 == " " }
    return text.isEmpty ? nil : String(text)
  }
}

/// What a check wrote down, line by line.
private struct Report {
  private var fields: [String: String] = [:]
  private var passed: [String] = []

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      if parts[0] == "passed" { passed.append(parts[1]) } else { fields[parts[0]] = parts[1] }
    }
  }

  var asked: String? { fields["asked"] }

  /// Only a check that came to its end, and checked something, is a pass.
  var verdict: Verdict {
    if let expected = fields["expected"], let came = fields["came"] {
      return .wrong(
        Verdict.Finding(
          asked: asked ?? "", expected: expected, came: came, first: fields["first"],
          meaning: fields["meaning"], isLaw: fields["law"] != nil, passed: passed))
    }
    guard let done = fields["done"].flatMap(Int.init), done > 0, done == passed.count else {
      return .silent(asked: asked)
    }
    return .passed(checkCount: done)
  }
}
