import Foundation
import SystemSupport
import TensorCore

/// Runs one lesson. It writes the record and the page even if the run fails or is interrupted.
package final class LessonRunner {
  private let settings: RunSettings
  private let backend: any Backend
  private let observer: any RunObserver
  private let logLock = NSLock()
  private var currentLog: RunLog?

  package init(settings: RunSettings, backend: any Backend, observer: any RunObserver) {
    self.settings = settings
    self.backend = backend
    self.observer = observer
  }

  /// The result of a run.
  package struct Outcome {
    package var record: RunRecord
    package var folder: RunFolder
    /// The error that ended the run: from the lesson, or from writing its record.
    package var failure: (any Error)?
  }

  /// Runs the lesson to its end, or until it throws.
  ///
  /// `lock` is that of the lesson's runs, if the caller holds it and wants to keep it afterwards.
  /// - Throws: before any work is done, `FolderInUse` if another process runs in the folder, or
  ///   `FolderError` if it cannot be written.
  package func run(_ lesson: any Lesson.Type, holding lock: FileLock? = nil) throws -> Outcome {
    let runs = settings.runs(of: lesson.card)
    let lock = try lock ?? runs.lock()
    defer { withExtendedLifetime(lock) {} }
    let folder = runs.target(at: settings.scale)
    try runs.makeRoom(at: settings.scale)
    try folder.prepare()
    try folder.checkOwnFiles()
    try folder.moveFinishedRunAside()
    let replaced = try? folder.loadRecord()
    let log = RunLog(
      RunRecord(lesson: lesson.card, facts: facts), in: folder, links: settings.links,
      waitedSeconds: { [observer] in observer.waitedSeconds })
    logLock.withLock { currentLog = log }
    let notebook = Notebook(
      card: lesson.card, settings: settings, backend: backend, observer: observer, log: log)
    observer.runBegan(log.snapshot)
    log.saveWithPage()
    notebook.noticeLearners()
    // After the record, so that whoever reads the earlier record sees that it was replaced.
    if let replaced { folder.removeFigures(of: replaced) }
    let failure = teach(lesson, on: notebook)
    if failure == nil { folder.removeEarlierRun() }
    observer.runEnded(log.snapshot, in: folder)
    return Outcome(record: log.snapshot, folder: folder, failure: failure)
  }

  /// Stops the record of the current run: keeps the finished steps and writes the page up to here.
  /// Called from the thread that handles an interrupt. Nil if no lesson is running.
  package func interrupt() -> (record: RunRecord, folder: RunFolder)? {
    guard let log = logLock.withLock({ currentLog }) else { return nil }
    return (log.interrupt(), log.folder)
  }

  /// Ends the record of the current run with an error: keeps the finished steps, marks the current
  /// one as failed, and writes the page up to here. Called when a device fails in the middle of an
  /// operation, which cannot throw. Nil if no lesson is running.
  package func fail(_ error: any Error) -> (record: RunRecord, folder: RunFolder)? {
    guard let log = logLock.withLock({ currentLog }) else { return nil }
    return (log.fail(sentence(for: error)), log.folder)
  }

  private func teach(_ lesson: any Lesson.Type, on notebook: Notebook) -> (any Error)? {
    var failure: (any Error)?
    let peak: MemoryUsage
    do {
      ((), peak) = try backend.meter.scope { try lesson.init().teach(notebook) }
      notebook.noticeUnusedText()
      notebook.noticeReusedSteps()
      notebook.noticeCacheTroubles()
      notebook.compareWithCPU()
      notebook.noticeCallsOfLearners()
      notebook.noticeExercises()
    } catch {
      failure = error
      peak = backend.meter.peak
    }
    notebook.log.change {
      // A reused step allocated its tensors in an earlier run.
      let peaks = [PeakBytes(peak)] + $0.steps.map(\.peakBytes)
      $0.peakBytes = peaks.max { $0.total < $1.total } ?? PeakBytes(peak)
      $0.processPeakBytes = processPeakBytes()
    }
    notebook.log.end(state(after: failure, on: notebook))
    return failure ?? notebook.log.writeFailure
  }

  private func state(after failure: (any Error)?, on notebook: Notebook) -> RunState {
    guard let failure else { return .finished }
    let step = notebook.log.snapshot.steps.last { $0.status == .failed }
    let message = sentence(for: failure)
    return .failed(step: step?.failure == message ? step?.title : nil, message: message)
  }

  private var facts: RunFacts {
    let formatter = ISO8601DateFormatter()
    var facts = RunFacts(
      device: backend.deviceName,
      threads: backend.isAsynchronous ? nil : backend.threadCount, seed: settings.seed,
      scale: settings.scale, corpus: nil, command: settings.command,
      startedAt: formatter.string(from: Date()), versions: settings.versions)
    if !settings.learners.isEmpty { facts.exercises = settings.learners.map(\.exercise.name) }
    return facts
  }
}

/// The peak resident memory of this process, from the operating system; 0 if it is unknown.
private func processPeakBytes() -> Int {
  var usage = rusage()
  #if os(Linux)
    let unit = 1024
    let answer = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  #else
    let unit = 1
    let answer = getrusage(RUSAGE_SELF, &usage)
  #endif
  return answer == 0 ? usage.ru_maxrss * unit : 0
}
