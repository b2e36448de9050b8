import SystemSupport

/// The function of an exercise that a lesson can call, in place of its own or beside it, with `lab run --with`.
///
/// `Call` is what one call sends, and `Answer` what comes back. The exercise's `Call.swift` has types
/// with the same names of fields and calls the learner's function with them. Send many inputs in one
/// call where you can: a call costs about a millisecond, and a microsecond per number.
public struct LearnerFunction<Call: Encodable, Answer: Decodable>: Sendable {
  /// The exercise's name on the command line.
  public let exercise: String

  public init(_ exercise: String) { self.exercise = exercise }
}

/// A learner's function that this run calls.
public struct LearnersCode<Call: Encodable, Answer: Decodable> {
  private let program: LearnerProgram
  private let called: () -> Void

  init(_ program: LearnerProgram, called: @escaping () -> Void) {
    (self.program, self.called) = (program, called)
  }

  /// Calls the learner's function, which runs as a program of its own.
  ///
  /// `isUsable` says whether an answer has the expected shape.
  /// - Throws: an error that ends the run with a sentence, if the function crashes, does not end or
  ///   gives an answer that cannot be used.
  public func callAsFunction(
    _ call: Call, where isUsable: (Answer) -> Bool = { _ in true }
  ) throws -> Answer {
    called()
    let answer = try program.call(call, returning: Answer.self)
    guard isUsable(answer) else {
      throw program.failure("gave an answer with the wrong number of elements")
    }
    return answer
  }
}

extension Notebook {
  /// The learner's function, if this run was started with it; otherwise nil.
  public func learners<Call, Answer>(
    _ function: LearnerFunction<Call, Answer>
  ) -> LearnersCode<Call, Answer>? {
    guard let program = learnerProgram(function.exercise) else { return nil }
    return LearnersCode(program) { [unowned self] in
      calledLearners.insert(program.fingerprint)
      let title = openSteps.last.map { "“\(step(at: $0).title)”" } ?? "the code between the steps"
      var titles = stepsOfLearners[function.exercise, default: []]
      if !titles.contains(title) { titles.append(title) }
      stepsOfLearners[function.exercise] = titles
    }
  }

  /// Shows the learner's file on the page, in place of the lesson's code.
  /// - Returns: whether this run was started with it.
  @discardableResult
  public func showLearners<Call, Answer>(_ function: LearnerFunction<Call, Answer>) -> Bool {
    guard let program = learnerProgram(function.exercise) else { return false }
    add(
      .source(
        SourceExcerpt(
          path: "Workbook/\(program.exercise.stem).swift", firstLine: 1, text: program.source)),
      named: "source-" + function.exercise)
    return true
  }

  private func learnerProgram(_ exercise: String) -> LearnerProgram? {
    settings.learners.first { $0.exercise.name == exercise }
  }

  /// At the start of the page, says which functions are the learner's.
  func noticeLearners() {
    guard !settings.learners.isEmpty else { return }
    let names = settings.learners.map { "`\($0.exercise.name)`" }.joined(separator: ", ")
    notice(
      "Your code runs in this lesson",
      """
      This run calls your own function of \(names) in some steps, in place of the lesson's or beside it. All \
      other steps run the lesson's code; the end of the page lists which is which. Your function \
      runs as a program of its own, which is slower. The run is kept apart from the ordinary runs \
      of this lesson.
      """)
  }

  /// At the end of the page, says how often and in which steps the learner's functions were called.
  func noticeCallsOfLearners() {
    guard !settings.learners.isEmpty else { return }
    let lines = settings.learners.map { program -> String in
      let (count, seconds) = program.calls
      let calls = count == 1 ? "1 call" : "\(count) calls"
      let line = "- `\(program.exercise.name)`: \(calls)"
      guard count > 0 else { return line }
      let steps = stepsOfLearners[program.exercise.name] ?? []
      return line + ", in " + steps.joined(separator: ", ")
        + "; \(Quantity.seconds.text(seconds, digits: 2))"
    }
    let isReused = log.snapshot.steps.contains { $0.origin != .ran }
    let reused =
      isReused
      ? " A reused step called nothing now; its result has your code if it called it then." : ""
    notice(
      "Which steps ran your code",
      lines.joined(separator: "\n")
        + "\n\nAll other steps ran the lesson's code; they may use what these steps computed.\(reused)"
    )
  }
}
