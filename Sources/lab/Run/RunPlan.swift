import LessonKit
import SystemSupport

/// One lesson on one device: everything that is decided before any work is done.
struct RunPlan {
  let lesson: any Lesson.Type
  let device: ChosenDevice
  let settings: RunSettings
  /// The folder that the run is written to.
  let folder: RunFolder
  /// An earlier run of the lesson, of the same scale if there is one; nil if there is no run.
  let previous: RunRecord?
  /// The lock of the lesson's runs.
  let lock: FileLock

  /// `from` is the value of `--from`, the first step to show; nil to show all steps.
  /// - Throws: `UnknownStep`, `NoPreviousRun`, or the error of a record that cannot be read.
  init(
    _ lesson: any Lesson.Type, on device: ChosenDevice, settings: RunSettings, from: String?,
    folder: RunFolder, lock: FileLock
  ) throws {
    let runs = settings.runs(of: lesson.card)
    let previous =
      (try? runs.shown(at: settings.scale).loadRecord()) ?? (try? runs.shown().loadRecord())
    var settings = settings
    if let from {
      guard let previous else {
        if runs.shown().hasRecord { _ = try runs.shown().loadRecord() }
        throw NoPreviousRun(slug: lesson.card.slug)
      }
      settings.firstStep = try previous.stepNumber(named: from)
    }
    self.lesson = lesson
    self.device = device
    self.settings = settings
    self.folder = folder
    self.previous = previous
    self.lock = lock
  }

  /// The expected time, from an earlier run; nil if there is none that can be compared.
  var expectedTime: ExpectedTime? {
    let backend = device.backend
    return previous.flatMap {
      settings.expectedTime(
        like: $0, device: backend.deviceName,
        threads: backend.isAsynchronous ? nil : backend.threadCount)
    }
  }

  /// The seconds of each step in the previous run, by identifier; empty if the scale was different.
  var expectedSeconds: [String: Double] {
    guard let previous, previous.facts.scale == settings.scale else { return [:] }
    return Dictionary(previous.steps.map { ($0.id, $0.seconds) }) { $1 }
  }
}

extension RunRecord {
  /// The number of a step, counted from 1. `typed` is the number, the identifier, or the
  /// beginning or a part of the title.
  /// - Throws: `UnknownStep`, with the most similar title.
  func stepNumber(named typed: String) throws(UnknownStep) -> Int {
    let titles = steps.map(\.title)
    if let number = Int(typed), (1...max(1, titles.count)).contains(number) { return number }
    if let index = steps.firstIndex(where: { $0.id == typed }) { return index + 1 }
    let wanted = typed.lowercased()
    let lowered = titles.map { $0.lowercased() }
    let index =
      lowered.firstIndex { $0.hasPrefix(wanted) } ?? lowered.firstIndex { $0.contains(wanted) }
    if let index { return index + 1 }
    throw UnknownStep(
      typed: typed, slug: lesson.slug, nearest: nearestName(to: typed, among: titles),
      titles: titles)
  }
}

/// A step that the lesson does not have.
struct UnknownStep: UsageError {
  let typed: String
  let slug: String
  let nearest: String?
  let titles: [String]

  var description: String {
    let hint =
      nearest.map { "Did you mean '\($0)'?" }
      ?? "Its steps are:\n"
      + titles.enumerated().map { "  \($0 + 1)  \($1)" }
      .joined(separator: "\n")
    return "'\(slug)' has no step '\(typed)'. \(hint)"
  }
}

/// `--from` needs the titles of a previous run, but there is no previous run.
struct NoPreviousRun: UsageError {
  let slug: String

  var description: String {
    "--from needs a previous run, and '\(slug)' has none here. Run the whole lesson first: "
      + "the same command without --from."
  }
}
