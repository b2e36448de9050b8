import Foundation
import SystemSupport

/// A learner's file as a program that answers calls, for a lesson that runs with it.
///
/// The learner's function runs in its own process, with limits: a crash or an endless loop ends that
/// process and becomes a `LearnerFailure`. A call is a line of JSON on its standard input, and the
/// answer is a line of JSON on its standard output. Use it from one thread at a time.
package final class LearnerProgram {
  package let exercise: Exercise
  /// The text of the learner's file.
  package let source: String
  private let folder: URL
  private let program: URL
  private let limits: Limits
  private var running: RunningProgram?
  /// Calls so far, and the seconds that they took.
  package private(set) var calls = (count: 0, seconds: 0.0)

  /// The limits of the learner's program in a run.
  package struct Limits {
    /// Of one call.
    package var seconds = 60.0
    /// Of all calls together.
    package var processorSeconds = 3600
    package var fileBytes = 20_000_000
    package var memoryBytes = 2_000_000_000

    package init() {}
  }

  init(build: LearnerBuild, source: String, limits: Limits) {
    (exercise, folder, program) = (build.exercise, build.folder, build.program)
    (self.source, self.limits) = (source, limits)
  }

  deinit { remove() }

  /// Identifies the learner's code: no result of it may be taken for a result of other code.
  package var fingerprint: String { "\(exercise.name) \(textChecksum(source))" }

  /// Ends the program and removes its files.
  package func remove() {
    running?.stop()
    running = nil
    removeFolder()
  }

  /// Removes the program's files; it may still run. May be called from any thread.
  package func removeFolder() { try? FileManager.default.removeItem(at: folder) }

  /// Calls the learner's function, and starts the program for the first call.
  /// - Throws: `LearnerFailure`.
  package func call<Call: Encodable, Answer: Decodable>(
    _ call: Call, returning type: Answer.Type
  ) throws -> Answer {
    let began = ContinuousClock.now
    defer { calls = (calls.count + 1, calls.seconds + seconds(since: began)) }
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .nonFiniteAsStrings
    let line = try answer(to: encoder.encode(call))
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .nonFiniteAsStrings
    do {
      return try decoder.decode(Answer.self, from: line)
    } catch {
      throw failure("gave an answer that cannot be read")
    }
  }

  private func answer(to line: Data) throws(LearnerFailure) -> Data {
    let running = try started()
    let began = SuspendingClock.now
    // If the program no longer reads, the reason is in how it ended.
    let line = (try? running.exchange(line, within: limits.seconds)) ?? nil
    if let line { return line }
    let isLate = SuspendingClock.now - began >= .seconds(limits.seconds)
    let end: Program.End
    do throws(ProgramError) {
      end = try running.finish(within: isLate ? 0 : 10)
    } catch {
      throw failure("could not be observed: \(error)")
    }
    self.running = nil
    throw failure(isLate ? lateness : told(end, running.errorText))
  }

  private func started() throws(LearnerFailure) -> RunningProgram {
    if let running { return running }
    var program = Program(program)
    program.folder = folder
    program.environment = ["SWIFT_BACKTRACE": "enable=no", "TMPDIR": folder.path]
    program.limits = Program.Limits(
      processorSeconds: limits.processorSeconds, memoryBytes: limits.memoryBytes)
    program.outputLimit = 1 << 28
    do throws(ProgramError) {
      let started = try program.start()
      running = started
      return started
    } catch {
      throw failure("could not be started: \(error)")
    }
  }

  private var lateness: String {
    "was still running after \(Int(limits.seconds)) s in one call and was stopped"
  }

  private func told(_ end: Program.End, _ errors: String) -> String {
    switch end {
    case .signal: "stopped with an error: \(crashMessage(in: errors) ?? "the program \(end)")"
    case .exit: "ended the program before it answered"
    case .timeLimit: lateness
    case .memoryLimit: "used more than \(limits.memoryBytes / 1_000_000) MB of memory"
    case .processorLimit: "used more than \(limits.processorSeconds) s of processor time"
    case .outputLimit: "wrote too much"
    }
  }

  /// `event` completes a sentence that begins with the learner's function.
  func failure(_ event: String) -> LearnerFailure {
    LearnerFailure(exercise: exercise.name, event: event)
  }
}

/// The learner's function crashed, did not end or gave an unusable answer while a lesson ran with it.
package struct LearnerFailure: Error, Equatable, CustomStringConvertible {
  package let exercise: String
  /// Completes a sentence that begins with the function.
  let event: String

  package var description: String {
    "Your function of '\(exercise)' \(event). It passed its check, but the lesson calls it with "
      + "other and larger inputs. Correct it, check it again, then run again."
  }
}

/// The learner's file cannot be used in a run, because it has not passed as it is now.
package struct NotPassed: Error, Equatable, CustomStringConvertible {
  package let exercise: String

  package init(exercise: String) { self.exercise = exercise }

  package var description: String {
    "'\(exercise)' as it is now has not passed. 'lab check \(exercise)' checks it; then run again."
  }
}

extension Workbook {
  /// The learner's file of an exercise, compiled into a program that a lesson can call.
  /// - Throws: `NotPassed`, `WorkbookError`, or `CheckTrouble` if the machine prevents it.
  package func program(
    of exercise: Exercise, by checker: ExerciseChecker,
    limits: LearnerProgram.Limits = LearnerProgram.Limits()
  ) throws -> LearnerProgram {
    guard hasPassed(exercise) else { throw NotPassed(exercise: exercise.name) }
    return try checker.program(
      of: Self.bytes(of: file(of: exercise)), exercise, limits: limits)
  }
}
