import ArgumentParser
import Bench
import Calculator
import Foundation
import LessonKit
import TensorCore

/// How `lab` ends, as its help says.
enum ExitStatus: Int32 {
  case claimsHold = 0
  case claimFails = 1
  case usage = 64
  case deviceUnavailable = 69
  case inputOutput = 74
  case budgetExceeded = 75
  case interrupted = 130

  /// What an error that a run threw means for the caller.
  init(of error: any Error) {
    switch error {
    case is UnknownLesson, is UnknownName, is UnknownFormat, is PlanError: self = .usage
    case is UnknownExercise, is SeveralExercises, is NobodyToAsk, is UnknownStep: self = .usage
    case is FolderNameMissing: self = .usage
    case DeviceError.outOfMemory, is OverBudget: self = .budgetExceeded
    case is DeviceError: self = .deviceUnavailable
    case let error as PeerError where error.isMissing: self = .deviceUnavailable
    default: self = .inputOutput
    }
  }

  /// Of several lessons: an error outweighs a claim that fails, which outweighs success.
  func worse(_ other: ExitStatus) -> ExitStatus { rawValue >= other.rawValue ? self : other }

  /// Says what is wrong on standard error and ends.
  static func leave(with error: any Error) -> ExitCode {
    let err = Terminal.standardError
    let lines = "lab: \(error)".components(separatedBy: "\n")
    // A log or a list keeps its lines; a sentence that is too wide for the terminal is broken.
    let width = err.style(noColor: true).width
    let shown = lines.map { line in
      guard err.isTerminal, line.count > width, !line.hasPrefix(" ") else { return line }
      return err.style(noColor: true).text(line.split(separator: " ").map(String.init), indent: "")
    }
    err.write(shown.joined(separator: "\n") + "\n")
    return ExitCode(ExitStatus(of: error).rawValue)
  }
}
