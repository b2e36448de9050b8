/// What a check of a learner's file found.
public enum Verdict: Equatable, Sendable {
  case passed(checkCount: Int)
  /// The file is as it was given.
  case notAttempted
  case wrong(Finding)
  /// It does not compile; the compiler's own words.
  case broken(String)
  /// The program stopped in the middle: a trap, a signal. `asked` is what it was asked.
  case crashed(asked: String?, message: String)
  /// It had not come back after so many seconds.
  case endless(asked: String?, seconds: Int)
  /// It left without an answer.
  case silent(asked: String?)

  /// What was expected, what came, and where they first differ.
  public struct Finding: Equatable, Sendable {
    public var asked: String
    public var expected: String
    public var came: String
    /// `[3]: 0.5, expected 0.25`.
    public var first: String?
    /// The mistake that gives this answer, where it is a known one.
    public var meaning: String?
    /// Whether `expected` is a law rather than a value.
    public var isLaw: Bool
    /// What passed before.
    public var passed: [String]
  }

  public var isPassed: Bool {
    if case .passed = self { true } else { false }
  }

  /// In words, for readers and programs that see no color.
  public var word: String {
    switch self {
    case .passed: "passed"
    case .notAttempted: "not attempted"
    case .wrong: "wrong"
    case .broken: "does not compile"
    case .crashed: "stopped with an error"
    case .endless: "did not come back"
    case .silent: "gave no answer"
    }
  }

  /// All of the failure as plain lines: title, text. Empty for a pass and for a file as given.
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
    case .broken(let words): return [("compiler", words)]
    case .crashed(let asked, let message):
      return asking(asked) + [("stopped", message)]
    case .endless(let asked, let seconds):
      let text =
        "It had not come back after \(seconds) s and was stopped. Is there a loop that cannot end?"
      return asking(asked) + [("endless", text)]
    case .silent(let asked):
      return asking(asked) + [("silent", "The program left before it had answered everything.")]
    }
  }

  private func asking(_ asked: String?) -> [(title: String, text: String)] {
    asked.map { [("asked", $0)] } ?? []
  }

  /// The failure in a line, for the teacher's table.
  package var trouble: String? {
    switch self {
    case .passed, .notAttempted: nil
    case .wrong(let finding): finding.meaning ?? finding.first ?? finding.came
    case .broken(let words):
      words.split(separator: "\n").first { $0.contains("error:") }
        .map(String.init) ?? word
    case .crashed(_, let message): message
    case .endless, .silent: word
    }
  }
}
