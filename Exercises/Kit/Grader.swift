import Foundation

/// The answer that a common mistake gives, and the sentence that explains the mistake.
struct Mistake<Expected: Answer> {
  let explanation: String
  let answer: Expected

  init(_ explanation: String, _ answer: Expected) {
    self.explanation = explanation
    self.answer = answer
  }
}

/// Thrown to end a check at its first failure.
struct Failed: Error {}

/// Compares the answers of a learner's function with the expected ones and writes a report.
///
/// Each question is written to the report before the function is called. So if the program crashes,
/// the report ends with the question. The first failure ends a check.
final class Grader {
  private let report: FileHandle
  private var passedCount = 0

  init(report: FileHandle) { self.report = report }

  /// Checks that an answer is the expected one: first its shape, then each entry.
  ///
  /// `question` is the call as the learner would write it. `mistakes` are the answers that common
  /// mistakes give.
  func same<Expected: Answer>(
    _ question: String, _ answer: @autoclosure () -> Expected, _ expected: Expected,
    within tolerance: Double = 1e-5, mistakes: [Mistake<Expected>] = []
  ) throws {
    let actual = ask(question, answer)
    let (ours, theirs) = (expected.entries(at: []), actual.entries(at: []))
    let said =
      mistakes.first { isSame(theirs, $0.answer.entries(at: []), tolerance) }?.explanation
      ?? CommonSlip.explanation(of: theirs, expected: ours, within: tolerance)
    if let place = differingCount(actual, expected) {
      try fail(
        expected: place.expected, actual: place.actual, first: place.path, meaning: said, law: nil)
    }
    let place = zip(theirs, ours).first { !$0.isEqual(to: $1, within: tolerance) }
    if let (their, our) = place {
      try fail(
        expected: excerpt(ours, around: our.path), actual: excerpt(theirs, around: our.path),
        first: our.path.isEmpty
          ? nil : "\(Entry.text(our.path)): \(their.text), expected \(our.text)",
        meaning: said, law: nil)
    }
    pass(question)
  }

  /// Checks a property that holds for every input; `found` describes what violates it.
  func law(
    _ sentence: String, asking question: String, _ holds: @autoclosure () -> Bool,
    found: @autoclosure () -> String, meaning: String? = nil
  ) throws {
    let isHeld = ask(question, holds)
    guard !isHeld else { return pass(sentence) }
    try fail(expected: sentence, actual: found(), first: nil, meaning: meaning, law: sentence)
  }

  /// Writes a question to the report, then calls the learner's function.
  func ask<Result>(_ question: String, _ answer: () -> Result) -> Result {
    write("asked", question)
    return answer()
  }

  fileprivate func end() { write("done", "\(passedCount)") }

  private func pass(_ name: String) {
    passedCount += 1
    write("passed", name)
  }

  private func fail(
    expected: String, actual: String, first: String?, meaning: String?, law: String?
  ) throws {
    if law != nil { write("law", "yes") }
    write("expected", expected)
    write("actual", actual)
    if let first { write("first", first) }
    if let meaning { write("meaning", meaning) }
    throw Failed()
  }

  /// Writes one line, of at most 4000 characters. A full disk is not the learner's mistake, so it
  /// has its own exit status.
  private func write(_ key: String, _ text: String) {
    let line = text.prefix(4000).split(whereSeparator: \.isNewline).joined(separator: " ")
    do {
      try report.write(contentsOf: Data("\(key)\t\(line)\n".utf8))
    } catch {
      FileHandle.standardError.write(Data("error: \(error.localizedDescription)\n".utf8))
      exit(74)
    }
  }

  private func isSame(_ first: [Entry], _ second: [Entry], _ tolerance: Double) -> Bool {
    first.count == second.count
      && zip(first, second).allSatisfy {
        $0.path == $1.path && ($0.isEqual(to: $1, within: tolerance) || ($0.text == $1.text))
      }
  }

  /// The first array with a different number of elements.
  private func differingCount(
    _ actual: some Answer, _ expected: some Answer
  ) -> (path: String?, expected: String, actual: String)? {
    let (theirs, ours) = (actual.counts(at: []), expected.counts(at: []))
    for (their, our) in zip(theirs, ours) where their.count != our.count {
      let place = our.path.isEmpty ? nil : "\(Entry.text(our.path)), in the number of entries"
      return (place, entryCount(our.count), entryCount(their.count))
    }
    return nil
  }

  private func entryCount(_ count: Int) -> String {
    switch count {
    case 0: "an empty array"
    case 1: "1 entry"
    default: "\(count) entries"
    }
  }

  /// All entries of a short answer, or those near the difference.
  private func excerpt(_ entries: [Entry], around path: [Int]) -> String {
    guard entries.count > 1 || !path.isEmpty else { return entries.first?.text ?? "nothing" }
    let row = Array(path.dropLast())
    let (isShort, place) = (entries.count <= 8 && path.count == 1, path.last ?? 0)
    let inRow = entries.filter { Array($0.path.dropLast()) == row }
    let start = isShort || inRow.count <= 8 ? 0 : max(0, min(place - 2, inRow.count - 8))
    let shown = inRow.dropFirst(start).prefix(8).map(\.text).joined(separator: ", ")
    let before = start > 0 ? "… " : ""
    let after = start + 8 < inRow.count ? ", …" : ""
    let head = row.isEmpty ? "" : "\(Entry.text(row)) = "
    return "\(head)[\(before)\(shown)\(after)]"
  }
}

/// Runs a check and writes its report to the file of the first argument.
func grade(_ check: (Grader) throws -> Void) {
  guard CommandLine.arguments.count > 1,
    let report = FileHandle(forWritingAtPath: CommandLine.arguments[1])
  else { exit(74) }
  // What the learner prints before a crash is shown too.
  setvbuf(stdout, nil, Int32(_IOLBF), 0)
  let grader = Grader(report: report)
  do {
    try check(grader)
    grader.end()
  } catch {
    exit(1)
  }
}
