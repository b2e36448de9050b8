/// The result of checking a learner's file.
package enum Verdict: Equatable, Sendable {
  case passed(checkCount: Int)
  /// The file has not been changed.
  case notAttempted
  case wrong(Finding)
  /// With the compiler's messages.
  case doesNotCompile(String)
  /// A trap or a signal ended the program. `asked` is the call that it made last.
  case crashed(asked: String?, message: String)
  /// It was still running after this many CPU seconds.
  case timedOut(asked: String?, seconds: Int)
  /// It exited before the check was finished.
  case noAnswer(asked: String?)

  /// The expected and the actual result, and where they first differ.
  package struct Finding: Equatable, Sendable {
    package var asked: String
    package var expected: String
    package var came: String
    /// `[3]: 0.5, expected 0.25`.
    package var first: String?
    /// The known mistake that gives this result; nil for an unknown one.
    package var meaning: String?
    /// Whether `expected` is a property and not a value.
    package var isLaw: Bool
    /// The checks that passed before.
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
    case .timedOut: "did not end"
    case .noAnswer: "gave no answer"
    }
  }

  /// The failure as lines of title and text. Empty for a pass and for an unchanged file.
  package var lines: [(title: String, text: String)] {
    switch self {
    case .passed, .notAttempted: return []
    case .wrong(let finding):
      var lines = finding.passed.map { (title: "passed", text: $0) }
      lines.append(("asked", finding.asked))
      lines.append((finding.isLaw ? "law" : "expected", finding.expected))
      lines.append((finding.isLaw ? "found" : "came", finding.came))
      if let first = finding.first { lines.append(("first", "differs at \(first)")) }
      if let meaning = finding.meaning { lines.append(("perhaps", meaning)) }
      return lines
    case .doesNotCompile(let messages): return [("compiler", messages)]
    case .crashed(let asked, let message):
      return asking(asked) + [("stopped", message)]
    case .timedOut(let asked, let seconds):
      let text =
        "It was still running after \(seconds) s and was stopped. Is there a loop that cannot end?"
      return asking(asked) + [("endless", text)]
    case .noAnswer(let asked):
      return asking(asked) + [("silent", "The program exited before the check was finished.")]
    }
  }

  private func asking(_ asked: String?) -> [(title: String, text: String)] {
    asked.map { [("asked", $0)] } ?? []
  }

  /// The failure in one line, for the teacher's table.
  package var summary: String? {
    switch self {
    case .passed, .notAttempted: nil
    case .wrong(let finding): finding.meaning ?? finding.first ?? finding.came
    case .doesNotCompile(let messages):
      messages.split(separator: "\n").first { $0.contains("error:") }
        .map(String.init) ?? word
    case .crashed(_, let message): message
    case .timedOut, .noAnswer: word
    }
  }
}
