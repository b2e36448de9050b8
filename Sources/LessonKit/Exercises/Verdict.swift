/// The result of checking a learner's file.
package enum Verdict: Equatable, Sendable {
  case passed(checkCount: Int)
  /// The file has not been changed.
  case notAttempted
  case wrong(Finding)
  /// With the compiler's messages.
  case doesNotCompile(String)
  /// A trap or a signal ended the program. `asked` is its last call.
  case crashed(asked: String?, message: String)
  /// It passed a limit and was stopped.
  case stopped(asked: String?, by: Limit)
  /// It exited before the check was finished.
  case noAnswer(asked: String?)

  /// A limit of the learner's program.
  package enum Limit: Equatable, Sendable {
    case processorTime(seconds: Int)
    /// Of all the seconds, it used the processor for `used`.
    case time(seconds: Int, used: Double)
    case output(bytes: Int)
    case memory(bytes: Int)
  }

  /// The expected result, the actual result, and the first difference.
  package struct Finding: Equatable, Sendable {
    package var asked: String
    package var expected: String
    package var actual: String
    /// `[3]: 0.5, expected 0.25`.
    package var first: String?
    /// The known mistake that gives this result; nil for an unknown one.
    package var meaning: String?
    /// Whether `expected` describes a property instead of a value.
    package var isProperty: Bool
    /// The checks that passed before the failure.
    package var passed: [String]
  }

  package var isPassed: Bool {
    if case .passed = self { true } else { false }
  }

  /// The result in words, for readers and programs without color.
  package var word: String {
    switch self {
    case .passed: "passed"
    case .notAttempted: "not attempted"
    case .wrong: "wrong"
    case .doesNotCompile: "does not compile"
    case .crashed: "stopped with an error"
    case .stopped(_, let limit): limit.word
    case .noAnswer: "gave no answer"
    }
  }

  /// The failure as lines of title and text. Empty for a pass and for an unchanged file.
  package var lines: [(title: String, text: String)] {
    switch self {
    case .passed, .notAttempted: return []
    case .wrong(let finding):
      var lines = finding.passed.map { (title: "passed", text: $0) }
      lines.append(("call", finding.asked))
      lines.append((finding.isProperty ? "property" : "expected", finding.expected))
      lines.append((finding.isProperty ? "found" : "actual", finding.actual))
      if let first = finding.first { lines.append(("first", "differs at \(first)")) }
      if let meaning = finding.meaning { lines.append(("perhaps", meaning)) }
      return lines
    case .doesNotCompile(let messages): return [("compiler", messages)]
    case .crashed(let asked, let message):
      return asking(asked) + [("stopped", message)]
    case .stopped(let asked, let limit): return asking(asked) + [("limit", limit.sentence)]
    case .noAnswer(let asked):
      return asking(asked) + [("exited", "The program exited before the check was finished.")]
    }
  }

  private func asking(_ asked: String?) -> [(title: String, text: String)] {
    asked.map { [("call", $0)] } ?? []
  }

  /// The failure in one line, for the teacher's table.
  package var summary: String? {
    switch self {
    case .passed, .notAttempted: nil
    case .wrong(let finding): finding.meaning ?? finding.first ?? finding.actual
    case .doesNotCompile(let messages):
      messages.split(separator: "\n").first { $0.contains("error:") }
        .map(String.init) ?? word
    case .crashed(_, let message): message
    case .stopped, .noAnswer: word
    }
  }
}

extension Verdict.Limit {
  fileprivate var word: String {
    switch self {
    case .processorTime, .time: "did not end"
    case .output: "wrote too much"
    case .memory: "used too much memory"
    }
  }

  fileprivate var sentence: String {
    switch self {
    case .processorTime(let seconds):
      "It was still running after \(seconds) s of processor time and was stopped. Is there a loop "
        + "that cannot end?"
    case .time(let seconds, let used):
      "It was still running after \(seconds) s and was stopped. It used the processor for "
        + "\((used * 10).rounded() / 10) s of them. "
        + (used < 1
          ? "Does it sleep, or wait for something?" : "Is the machine busy? Check it again.")
    case .output(let bytes):
      "It wrote more than \(bytes / 1_000_000) MB and was stopped. Does a loop print without end?"
    case .memory(let bytes):
      "It asked for more than \(bytes / 1_000_000) MB of memory and was stopped. Does an array grow "
        + "without end?"
    }
  }
}
