import Bench
import Calculator
import Corpora
import LessonKit
import ModelFiles
import TensorCore

/// The exit codes of `lab`, as its help lists them.
///
/// A command throws one of them if it has printed its result and still fails. `main` prints any
/// other error, and `init(of:)` gives its exit code.
enum ExitStatus: Int32, Error {
  case success = 0
  /// A claim or an exercise fails.
  case failure = 1
  case usage = 64
  /// A model or a text that was typed cannot be used as it is.
  case unusableData = 65
  /// A file that was typed does not exist.
  case noInput = 66
  case deviceUnavailable = 69
  case inputOutput = 74
  /// The limit of time or memory is exceeded, or another process uses the folder: later, or with
  /// other limits, the same command may succeed.
  case limitExceeded = 75
  case interrupted = 130

  /// The exit code of an error.
  init(of error: any Error) {
    switch error {
    case is any UsageError: self = .usage
    case is LearnerFailure, is NotPassed: self = .failure
    case DeviceError.outOfMemory, is OverBudget, is FolderInUse, is TooLittleMemory,
      is ModelTooLarge:
      self = .limitExceeded
    case is UnusableModel, is TextTooLong: self = .unusableData
    case is NoSuchInput: self = .noInput
    case let error as CorpusError where error.isOfMemory: self = .limitExceeded
    case is DeviceError, is ChromiumMissing, is ModelMissing, is FetchFailed:
      self = .deviceUnavailable
    case let error as PeerError where error.isMissing: self = .deviceUnavailable
    default: self = .inputOutput
    }
  }

  /// The worse of two statuses, for a run of several lessons. An error is worse than a failed
  /// claim, and a failed claim is worse than success.
  func worse(_ other: ExitStatus) -> ExitStatus { rawValue >= other.rawValue ? self : other }
}

/// An error in how `lab` was called: exit code 64.
protocol UsageError: Error, CustomStringConvertible {}

extension ModelFileError: UsageError {}
extension UnknownExercise: UsageError {}
extension UnknownFormat: UsageError {}
extension UnknownLesson: UsageError {}
extension UnknownName: UsageError {}
