import Foundation
import SystemSupport

/// Compiles a learner's file together with the check of its exercise, and runs the program.
///
/// It calls the compiler directly and does not build the package. An editor may have locked the
/// package's build, and a few small files compile in a second or two.
package struct ExerciseChecker {
  let compiler: URL
  let kit: [URL]
  /// For programs and object files, one folder per exercise.
  let scratch: URL
  /// The compiler's cache of system modules. Filling it takes a second or two.
  let modules: URL
  /// CPU seconds that a learner's function may take.
  var seconds = 5

  package init(compiler: URL, catalog: ExerciseCatalog, scratch: URL, modules: URL? = nil) {
    self.modules = modules ?? scratch.appendingPathComponent("modules")
    self.compiler = compiler
    kit = catalog.kit
    self.scratch = scratch
  }

  /// Checks a file against an exercise.
  /// - Throws: `WorkbookError` where the scratch folder cannot be written.
  package func check(_ file: URL, _ exercise: Exercise, as name: String? = nil) throws -> Verdict {
    let folder = scratch.appendingPathComponent(name ?? exercise.stem)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      if let messages = try compile(file, exercise, in: folder) { return .doesNotCompile(messages) }
      return try run(in: folder)
    } catch let error as CocoaError {
      throw WorkbookError(path: folder.path, reason: "cannot be used: \(SystemError(error))")
    }
  }

  /// Compiles the learner's file and the check. Returns the compiler's messages; nil if it
  /// compiles.
  ///
  /// The learner's file is a separate module, so that its names do not collide with the check's.
  private func compile(_ file: URL, _ exercise: Exercise, in folder: URL) throws -> String? {
    let main = folder.appendingPathComponent("main.swift")
    try Data("grade(check)\n".utf8).write(to: main)
    let object = folder.appendingPathComponent("Learner.o").path
    let learner = [
      "-parse-as-library", "-enable-testing", "-module-name", "Learner", "-emit-module",
      "-emit-module-path", folder.appendingPathComponent("Learner.swiftmodule").path,
      "-c", file.path, "-o", object,
    ]
    if let messages = try compile(learner, in: folder) {
      return messages.replacingOccurrences(of: file.path, with: file.lastPathComponent)
    }
    let check = [
      "-module-name", "Check", "-I", folder.path, "-o", program(in: folder).path, object,
      exercise.check.path, main.path,
    ]
    guard let messages = try compile(check + kit.map(\.path), in: folder) else { return nil }
    return "The check cannot call your function. Its name and its types must stay as they were "
      + "given. 'lab reset \(exercise.name)' restores the original file and keeps "
      + "a copy of yours.\n"
      + messages
  }

  private func compile(_ arguments: [String], in folder: URL) throws -> String? {
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
      return "The compiler was stopped after 60 s. Is there a very long expression? Break it into "
        + "parts."
    default:
      let lines = result.errorText.split(separator: "\n", omittingEmptySubsequences: false)
      return lines.prefix(30).joined(separator: "\n").trimmingCharacters(in: .newlines)
    }
  }

  private func program(in folder: URL) -> URL { folder.appendingPathComponent("check") }

  private func run(in folder: URL) throws -> Verdict {
    let report = folder.appendingPathComponent("report")
    try Data().write(to: report)
    var shell = Program(program(in: folder), arguments: [report.path])
    shell.limits = Program.Limits(
      processorSeconds: seconds, outputBytes: 20_000_000, memoryBytes: 1_000_000_000)
    shell.environment = ["SWIFT_BACKTRACE": "enable=no"]
    shell.timeLimit = Double(seconds) + 3
    shell.outputLimit = 20_000
    let result = try shell.run()
    let answers = Report(firstText(of: report, byteCount: 200_000))
    switch result.end {
    case .exit: return answers.verdict
    case .timeLimit, .processorLimit, .outputLimit, .memoryLimit, .signal(SIGKILL):
      return .timedOut(asked: answers.asked, seconds: seconds)
    case .signal(let number):
      return .crashed(
        asked: answers.asked, message: Self.trap(in: result.errorText) ?? "signal \(number)")
    }
  }

  /// The beginning of a file. The learner's program may have written a huge amount to it.
  private func firstText(of file: URL, byteCount: Int) -> String {
    guard let handle = try? FileHandle(forReadingFrom: file) else { return "" }
    defer { try? handle.close() }
    let data = (try? handle.read(upToCount: byteCount)) ?? nil
    return String(decoding: data ?? Data(), as: UTF8.self)
  }

  /// "Index out of range", from the crash message of a Swift program.
  private static func trap(in words: String) -> String? {
    guard let line = words.split(separator: "\n").last(where: { $0.contains("Fatal error") }),
      let range = line.range(of: "Fatal error")
    else { return nil }
    let text = line[range.upperBound...].drop { $0 == ":" || $0 == " " }
    return text.isEmpty ? nil : String(text)
  }
}

/// The report file of a check, line by line.
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

  /// A check passes only if it ran to its end and checked something.
  var verdict: Verdict {
    if let expected = fields["expected"], let actual = fields["actual"] {
      return .wrong(
        Verdict.Finding(
          asked: asked ?? "", expected: expected, actual: actual, first: fields["first"],
          meaning: fields["meaning"], isProperty: fields["law"] != nil, passed: passed))
    }
    guard let done = fields["done"].flatMap(Int.init), done > 0, done == passed.count else {
      return .noAnswer(asked: asked)
    }
    return .passed(checkCount: done)
  }
}
