import Foundation
import SystemSupport

/// A program that answered a question about its version.
struct Tool: CustomStringConvertible {
  let program: URL
  /// The line that names the version.
  let version: String

  var description: String { "\(program.path), \(version)" }

  /// Runs `NAME --version`.
  /// - Throws: `ToolFailure` if the program is missing, cannot be started, fails, does not end, or
  ///   prints no line with `word`.
  static func version(of name: String, containing word: String) throws(ToolFailure) -> Tool {
    guard let url = Program.find(name) else { throw notFound(name) }
    var program = Program(url, arguments: ["--version"])
    program.timeLimit = 30
    program.outputLimit = 10_000
    let result = try run(program)
    let lines = (result.outputText + result.errorText).split(whereSeparator: \.isNewline)
    guard let line = lines.first(where: { $0.contains(word) }) else {
      throw ToolFailure("\(url.path) is another program: it does not print its version")
    }
    return Tool(program: url, version: beginning(of: line.trimmingCharacters(in: .whitespaces)))
  }

  /// Compiles a program of one line and runs it.
  static func tryCompiling(with compiler: URL) throws(ToolFailure) {
    let folder = Litter.temporaryPath("doctor")
    let (source, built) = (
      folder.appendingPathComponent("main.swift"), folder.appendingPathComponent("main")
    )
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try AtomicFile.write(Data("print(6 * 7)\n".utf8), to: source)
    } catch {
      throw ToolFailure(
        "the temporary folder \(folder.deletingLastPathComponent().path) cannot be written",
        fix: "set TMPDIR to a folder that you may write to")
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    var program = Program(compiler, arguments: ["-o", built.path, source.path])
    program.timeLimit = 120
    program.outputLimit = 10_000
    try run(program)
    program = Program(built)
    program.timeLimit = 30
    program.outputLimit = 1000
    let result: Program.Result
    do throws(ToolFailure) {
      result = try run(program)
    } catch {
      throw ToolFailure(
        "\(compiler.path) compiles, but what it compiles does not run: \(error)",
        fix: "set TMPDIR to a folder where programs may run, and check the toolchain")
    }
    guard result.outputText == "42\n" else {
      throw ToolFailure("\(compiler.path) compiles a wrong program")
    }
  }

  /// Runs a program that must end with status 0.
  @discardableResult
  private static func run(_ program: Program) throws(ToolFailure) -> Program.Result {
    let result: Program.Result
    do throws(ProgramError) {
      result = try program.run()
    } catch {
      throw ToolFailure(beginning(of: error.description.trimmingSuffix(".")))
    }
    guard result.end == .exit(0) else {
      let message = beginning(of: result.errorText)
      throw ToolFailure(
        "\(program.url.path) \(result.end)" + (message.isEmpty ? "" : ": \(message)"))
    }
    return result
  }

  /// Why there is no program of a name: nothing has it, or what has it is no program.
  static func notFound(_ name: String) -> ToolFailure {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    for folder in path.split(separator: ":") {
      var status = stat()
      guard stat("\(folder)/\(name)", &status) == 0 else { continue }
      let reason = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "not executable"
      return ToolFailure(
        "\(folder)/\(name) is \(reason), and there is no other '\(name)' on the PATH")
    }
    return ToolFailure("'\(name)' is not on the PATH", isMissing: true)
  }

  /// The beginning of a message of another program, at most 300 characters, as one line.
  static func beginning(of message: String) -> String {
    let lines = message.split(whereSeparator: \.isNewline).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    let text = lines.joined(separator: " ").terminalLine
    return text.count > 300 ? text.prefix(300) + " …" : text
  }
}

/// Why a tool cannot be used; part of a sentence, without a period.
struct ToolFailure: Error, CustomStringConvertible {
  let description: String
  /// Whether there is nothing of that name.
  var isMissing: Bool
  /// How to fix it, if that is not to install the tool.
  var fix: String?

  init(_ description: String, isMissing: Bool = false, fix: String? = nil) {
    self.description = description
    self.isMissing = isMissing
    self.fix = fix
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
