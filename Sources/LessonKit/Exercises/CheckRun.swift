import Foundation
import SystemSupport

/// One check: the two calls of the compiler, and the run of the compiled program.
struct CheckRun {
  let build: LearnerBuild
  let kit: [URL]

  func answer(to source: Data) throws(CheckTrouble) -> CheckAnswer {
    let messages = try build.compile(
      source, calledBy: build.exercise.check, kit, main: "grade(check)\n")
    if let messages { return CheckAnswer(verdict: .doesNotCompile(messages)) }
    return try run()
  }

  private func run() throws(CheckTrouble) -> CheckAnswer {
    let report = build.folder.appendingPathComponent("report")
    try build.write(Data(), to: report)
    var check = Program(build.program, arguments: [report.path])
    // Files that it writes are removed with the folder.
    check.folder = build.folder
    check.environment = ["SWIFT_BACKTRACE": "enable=no", "TMPDIR": build.folder.path]
    check.timeLimit = Double(build.limits.seconds)
    check.limits = Program.Limits(
      processorSeconds: build.limits.processorSeconds, outputBytes: build.limits.outputBytes,
      memoryBytes: build.limits.memoryBytes)
    check.outputLimit = 20_000
    let result: Program.Result
    do throws(ProgramError) {
      result = try check.run()
    } catch {
      throw build.trouble(
        "\(error) Perhaps this disk is mounted with 'noexec'. Call lab from a folder on another "
          + "disk, or set TMPDIR to one.", isOfPlace: true)
    }
    let answers = CheckReport(of: report)
    guard let asked = answers.asked else {
      throw build.trouble(
        "The compiled check \(build.told(result)), before it called your function.", isOfPlace: true
      )
    }
    return CheckAnswer(
      verdict: try verdict(result, answers, asked), printed: result.outputText)
  }

  private func verdict(
    _ result: Program.Result, _ answers: CheckReport, _ asked: String
  ) throws(CheckTrouble) -> Verdict {
    let memory = Verdict.stopped(asked: asked, by: .memory(bytes: build.limits.memoryBytes))
    switch result.end {
    case .exit(CheckReport.cannotWrite):
      throw build.trouble(
        "The result of the check could not be written: the compiled check "
          + "\(build.told(result)). Is the disk full?", isOfPlace: true)
    case .exit: return answers.verdict
    case .processorLimit:
      return .stopped(asked: asked, by: .processorTime(seconds: build.limits.processorSeconds))
    case .timeLimit:
      return .stopped(
        asked: asked, by: .time(seconds: build.limits.seconds, used: result.processorSeconds))
    case .outputLimit: return .stopped(asked: asked, by: .output(bytes: build.limits.outputBytes))
    case .memoryLimit: return memory
    case .signal(SIGKILL) where result.peakMemoryBytes > build.limits.memoryBytes / 2: return memory
    case .signal(SIGKILL), .signal(SIGTERM), .signal(SIGHUP), .signal(SIGINT), .signal(SIGQUIT):
      throw build.trouble(
        "The compiled check \(result.end), and lab did not send it. Perhaps the machine has too "
          + "little memory: close other programs and try again.", isOfPlace: false)
    case .signal(let number):
      let message = crashMessage(in: result.errorText)
      if let message, message.hasPrefix("failed to allocate") { return memory }
      let name = String(cString: strsignal(number))
      let advice =
        number == SIGSEGV ? ". Does a function call itself without end?" : ""
      return .crashed(asked: asked, message: message ?? "signal \(number) (\(name))\(advice)")
    }
  }
}

/// The result of a check.
package struct CheckAnswer: Equatable, Sendable {
  package var verdict: Verdict
  /// What the learner's code printed; the beginning of a long text.
  package var printed = ""
}

/// "Index out of range", from the crash message of a Swift program; nil if there is none.
func crashMessage(in words: String) -> String? {
  guard let line = words.split(separator: "\n").last(where: { $0.contains("Fatal error") }),
    let range = line.range(of: "Fatal error")
  else { return nil }
  let text = line[range.upperBound...].drop { $0 == ":" || $0 == " " }
  return text.isEmpty ? nil : String(text)
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
