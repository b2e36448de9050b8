import Foundation
import SystemSupport

/// A learner's file and the compiler, which makes a program of it and of sources of the exercise.
///
/// Whatever does not clearly come from the learner's file is a `CheckTrouble`: an error of the
/// compiler counts only if it names a line of the file, and a compiler that rejects a learner's file
/// for the sake of a module must accept the given file.
struct LearnerBuild {
  let exercise: Exercise
  let compiler: URL
  /// Created here, removed by the caller.
  let folder: URL
  let modules: URL
  let limits: ExerciseChecker.Limits

  /// The compiled program.
  var program: URL { folder.appendingPathComponent("check") }
  private var object: URL { folder.appendingPathComponent("Learner.o") }

  private enum Compilation {
    case success
    /// The compiler's messages about a line of the file.
    case errors(String)
    case trouble(CheckTrouble)
  }

  /// Compiles the learner's file, and a program that calls it: `caller`, other sources, and the code
  /// of its main file. Returns the compiler's messages; nil if it compiles.
  func compile(
    _ source: Data, calledBy caller: URL, _ others: [URL], main code: String
  ) throws(CheckTrouble) -> String? {
    switch try compileModule(source) {
    case .success: break
    case .trouble(let trouble): throw trouble
    case .errors(let messages):
      if isPerhapsOfMachine(messages) { try requireWorkingCompiler() }
      return messages
    }
    switch try compileProgram(caller, others, main: code) {
    case .success: return nil
    case .trouble(let trouble): throw trouble
    case .errors(let messages):
      return "The check cannot call your function. Its name and its types must stay as they were "
        + "given. 'lab reset \(exercise.name)' restores the original file and keeps "
        + "a copy of yours.\n" + sentences(in: messages)
    }
  }

  /// The first errors without their places, which are in the check and not in the learner's file.
  private func sentences(in messages: String) -> String {
    var found: [String] = []
    for line in messages.split(separator: "\n") {
      guard let start = line.range(of: ": error: ")?.upperBound else { continue }
      let sentence = "error: " + line[start...]
      if !found.contains(sentence) { found.append(sentence) }
    }
    return found.prefix(3).joined(separator: "\n")
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

  private func compileProgram(
    _ caller: URL, _ others: [URL], main code: String
  ) throws(CheckTrouble) -> Compilation {
    let main = folder.appendingPathComponent("main.swift")
    try write(Data(code.utf8), to: main)
    return compile(
      [
        "-module-name", "Check", "-I", folder.path, "-o", program.path, object.path, caller.path,
        main.path,
      ] + others.map(\.path), blaming: caller)
  }

  private func compile(_ arguments: [String], blaming file: URL) -> Compilation {
    var call = Program(
      compiler,
      arguments: [
        "-Onone", "-wmo", "-swift-version", "5", "-module-cache-path",
        modules.path,
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

  // MARK: - Trouble

  func write(_ data: Data, to file: URL) throws(CheckTrouble) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try AtomicFile.write(data, to: file)
    } catch {
      throw trouble(
        "\(file.path) cannot be written: \(SystemError(error)). Free some space, or call lab from a "
          + "folder that you can write to.", isOfPlace: true)
    }
  }

  func trouble(_ reason: String, isOfPlace: Bool) -> CheckTrouble {
    CheckTrouble(exercise: exercise.name, reason: reason, isOfPlace: isOfPlace)
  }

  /// How a program ended and what it said: "ended with status 1: no space left on device".
  func told(_ result: Program.Result) -> String {
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
