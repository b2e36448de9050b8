import Foundation
import SystemSupport

/// One check: its folder, the two calls of the compiler, and the run of the compiled program.
///
/// Whatever does not clearly come from the learner's file is a `CheckTrouble`: an error of the
/// compiler counts only if it names a line of the file, and a compiler that rejects a learner's file
/// for the sake of a module must accept the given file.
struct CheckRun {
  let exercise: Exercise
  let compiler: URL
  let kit: [URL]
  /// Created here, removed by the caller.
  let folder: URL
  let modules: URL
  let limits: ExerciseChecker.Limits

  func verdict(of source: Data) throws(CheckTrouble) -> Verdict {
    if let messages = try compile(source) { return .doesNotCompile(messages) }
    return try run()
  }

  // MARK: - Compiling

  private enum Compilation {
    case success
    /// The compiler's messages about a line of the file.
    case errors(String)
    case trouble(CheckTrouble)
  }

  /// Compiles the learner's file and the check. Returns the compiler's messages; nil if it
  /// compiles.
  private func compile(_ source: Data) throws(CheckTrouble) -> String? {
    switch try compileModule(source) {
    case .success: break
    case .trouble(let trouble): throw trouble
    case .errors(let messages):
      if isPerhapsOfMachine(messages) { try requireWorkingCompiler() }
      return messages
    }
    switch try compileCheck() {
    case .success: return nil
    case .trouble(let trouble): throw trouble
    case .errors(let messages):
      return "The check cannot call your function. Its name and its types must stay as they were "
        + "given. 'lab reset \(exercise.name)' restores the original file and keeps "
        + "a copy of yours.\n" + messages
    }
  }

  /// Compiles the learner's file as a separate module, so that its names do not collide with the
  /// check's. The file is a copy: the learner may save the original at any moment.
  private func compileModule(_ source: Data) throws(CheckTrouble) -> Compilation {
    let file = folder.appendingPathComponent(exercise.stem + ".swift")
    try write(source, to: file)
    return compile(
      [
        "-parse-as-library", "-enable-testing", "-module-name", "Learner", "-emit-module",
        "-emit-module-path", folder.appendingPathComponent("Learner.swiftmodule").path,
        "-c", file.path, "-o", object.path,
      ], blaming: file)
  }

  private func compileCheck() throws(CheckTrouble) -> Compilation {
    let main = folder.appendingPathComponent("main.swift")
    try write(Data("grade(check)\n".utf8), to: main)
    return compile(
      [
        "-module-name", "Check", "-I", folder.path, "-o", program.path, object.path,
        exercise.check.path, main.path,
      ] + kit.map(\.path), blaming: exercise.check)
  }

  private func compile(_ arguments: [String], blaming file: URL) -> Compilation {
    var call = Program(
      compiler,
      arguments: [
        "-Onone", "-wmo", "-swift-version", "5", "-module-cache-path", modules.path,
      ] + arguments)
    call.environment = ["NO_COLOR": "1", "TERM": "dumb", "TMPDIR": folder.path]
    call.timeLimit = Double(limits.compilerSeconds)
    call.limits = Program.Limits(
      processorSeconds: limits.compilerProcessorSeconds, memoryBytes: limits.compilerMemoryBytes)
    call.outputLimit = 20_000
    let result: Program.Result
    do throws(ProgramError) {
      result = try call.run()
    } catch {
      return .trouble(trouble("\(error) Is the Swift toolchain complete?", isOfPlace: false))
    }
    if result.end == .exit(0) { return .success }
    let lines = result.errorText.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.contains(where: { $0.hasPrefix(file.path + ":") && $0.contains(": error: ") }) {
      return .errors(
        lines.prefix(30).joined(separator: "\n").trimmingCharacters(in: .newlines)
          .replacingOccurrences(of: file.path, with: file.lastPathComponent))
    }
    if let limit = passedLimit(result) {
      return .errors(
        "The compiler was stopped after \(limit). Is there a very long expression? Break it into "
          + "parts.")
    }
    if result.end == .timeLimit {
      return .trouble(
        trouble(
          "The compiler was stopped after \(limits.compilerSeconds) s. The machine seems to be very "
            + "busy; close other programs and try again.", isOfPlace: false))
    }
    let advice =
      result.end == .signal(SIGKILL)
      ? "Perhaps the machine has too little memory: close other programs and try again."
      : "'swiftc --version' shows whether it works at all; 'df .' shows whether the disk is full."
    return .trouble(
      trouble("The compiler \(compiler.path) \(told(result)). \(advice)", isOfPlace: true))
  }

  /// The limit that the compiler passed, which depends on the learner's file. The driver starts the
  /// compiler proper as another process and reports its signal as an error of its own.
  private func passedLimit(_ result: Program.Result) -> String? {
    let seconds = limits.compilerProcessorSeconds
    if result.end == .memoryLimit {
      return "it used \(limits.compilerMemoryBytes / 1_000_000_000) GB of memory"
    }
    let hasUsedAll = result.end == .processorLimit || result.processorSeconds >= Double(seconds)
    return hasUsedAll && result.end != .timeLimit ? "\(seconds) s of processor time" : nil
  }

  /// Whether messages that name a line of the learner's file may still be the machine's fault. An
  /// incomplete toolchain is found at the learner's `import Foundation`.
  private func isPerhapsOfMachine(_ messages: String) -> Bool {
    messages.split(separator: "\n").contains { line in
      line.contains(": error: ")
        && ["module", "load", "SDK", "space left"].contains(where: line.contains)
    }
  }

  /// - Throws: `CheckTrouble` if the given file does not compile either.
  private func requireWorkingCompiler() throws(CheckTrouble) {
    guard let given = try? Workbook.bytes(of: exercise.template) else { return }
    switch try compileModule(given) {
    case .success: return
    case .trouble(let trouble): throw trouble
    case .errors(let messages):
      throw trouble(
        "The compiler \(compiler.path) rejects even the file as it was given: "
          + "\(firstError(in: messages)). Is the Swift toolchain complete?", isOfPlace: true)
    }
  }

  // MARK: - Running

  private var object: URL { folder.appendingPathComponent("Learner.o") }
  private var program: URL { folder.appendingPathComponent("check") }

  private func run() throws(CheckTrouble) -> Verdict {
    let report = folder.appendingPathComponent("report")
    try write(Data(), to: report)
    var check = Program(program, arguments: [report.path])
    // Files that it writes are removed with the folder.
    check.folder = folder
    check.environment = ["SWIFT_BACKTRACE": "enable=no", "TMPDIR": folder.path]
    check.timeLimit = Double(limits.seconds)
    check.limits = Program.Limits(
      processorSeconds: limits.processorSeconds, outputBytes: limits.outputBytes,
      memoryBytes: limits.memoryBytes)
    check.outputLimit = 20_000
    let result: Program.Result
    do throws(ProgramError) {
      result = try check.run()
    } catch {
      throw trouble(
        "\(error) Perhaps this disk is mounted with 'noexec'. Call lab from a folder on another "
          + "disk, or set TMPDIR to one.", isOfPlace: true)
    }
    let answers = CheckReport(of: report)
    guard let asked = answers.asked else {
      throw trouble(
        "The compiled check \(told(result)), before it called your function.", isOfPlace: true)
    }
    return try verdict(result, answers, asked)
  }

  private func verdict(
    _ result: Program.Result, _ answers: CheckReport, _ asked: String
  ) throws(CheckTrouble) -> Verdict {
    let memory = Verdict.stopped(asked: asked, by: .memory(bytes: limits.memoryBytes))
    switch result.end {
    case .exit(CheckReport.cannotWrite):
      throw trouble(
        "The result of the check could not be written: the compiled check "
          + "\(told(result)). Is the disk full?", isOfPlace: true)
    case .exit: return answers.verdict
    case .processorLimit:
      return .stopped(asked: asked, by: .processorTime(seconds: limits.processorSeconds))
    case .timeLimit:
      return .stopped(
        asked: asked, by: .time(seconds: limits.seconds, used: result.processorSeconds))
    case .outputLimit: return .stopped(asked: asked, by: .output(bytes: limits.outputBytes))
    case .memoryLimit: return memory
    case .signal(SIGKILL) where result.peakMemoryBytes > limits.memoryBytes / 2: return memory
    case .signal(SIGKILL), .signal(SIGTERM), .signal(SIGHUP), .signal(SIGINT), .signal(SIGQUIT):
      throw trouble(
        "The compiled check \(result.end), and lab did not send it. Perhaps the machine has too "
          + "little memory: close other programs and try again.", isOfPlace: false)
    case .signal(let number):
      let message = trap(in: result.errorText)
      if let message, message.hasPrefix("failed to allocate") { return memory }
      let name = String(cString: strsignal(number))
      let advice =
        number == SIGSEGV ? ". Does a function call itself without end?" : ""
      return .crashed(asked: asked, message: message ?? "signal \(number) (\(name))\(advice)")
    }
  }

  /// "Index out of range", from the crash message of a Swift program.
  private func trap(in words: String) -> String? {
    guard let line = words.split(separator: "\n").last(where: { $0.contains("Fatal error") }),
      let range = line.range(of: "Fatal error")
    else { return nil }
    let text = line[range.upperBound...].drop { $0 == ":" || $0 == " " }
    return text.isEmpty ? nil : String(text)
  }

  // MARK: - Trouble

  private func write(_ data: Data, to file: URL) throws(CheckTrouble) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try AtomicFile.write(data, to: file)
    } catch {
      throw trouble(
        "\(file.path) cannot be written: \(SystemError(error)). Free some space, or call lab from a "
          + "folder that you can write to.", isOfPlace: true)
    }
  }

  private func trouble(_ reason: String, isOfPlace: Bool) -> CheckTrouble {
    CheckTrouble(exercise: exercise.name, reason: reason, isOfPlace: isOfPlace)
  }

  /// How a program ended and what it said: "ended with status 1: no space left on device".
  private func told(_ result: Program.Result) -> String {
    let error = firstError(in: result.errorText)
    return error.isEmpty ? "\(result.end)" : "\(result.end): \(error)"
  }

  /// The first line with an error, or else the last line; without a full stop.
  private func firstError(in text: String) -> String {
    let lines = text.split(separator: "\n")
    guard let line = lines.first(where: { $0.contains("error: ") }) ?? lines.last else { return "" }
    let words = line.range(of: "error: ").map { line[$0.upperBound...] } ?? line
    return words.prefix(300).trimmingCharacters(in: CharacterSet(charactersIn: " ."))
  }
}

/// The report file of a check, line by line.
struct CheckReport {
  /// The exit status of a check that cannot write its report.
  static let cannotWrite: Int32 = 74

  private var fields: [String: String] = [:]
  private var passed: [String] = []

  /// Reads the beginning of the file. The learner's program may have written a huge amount to it.
  init(of file: URL) {
    guard let handle = try? FileHandle(forReadingFrom: file) else { return }
    defer { try? handle.close() }
    let data = (try? handle.read(upToCount: 200_000)) ?? nil
    for line in String(decoding: data ?? Data(), as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      if parts[0] == "passed" { passed.append(parts[1]) } else { fields[parts[0]] = parts[1] }
    }
  }

  /// The last call of the learner's function; nil if there was none.
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
