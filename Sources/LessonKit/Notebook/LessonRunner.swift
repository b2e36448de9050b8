import Foundation
import TensorCore

/// Runs one lesson and writes its record and its page, however it ends.
public final class LessonRunner {
  private let settings: RunSettings
  private let backend: any Backend
  private let observer: any RunObserver
  private let logLock = NSLock()
  private var currentLog: RunLog?

  public init(settings: RunSettings, backend: any Backend, observer: any RunObserver) {
    self.settings = settings
    self.backend = backend
    self.observer = observer
  }

  /// What came of a run.
  public struct Outcome {
    public var record: RunRecord
    public var folder: RunFolder
    /// What the lesson, or the writing of its record, threw.
    public var failure: (any Error)?
  }

  /// Runs the lesson to its end, or to where it breaks.
  /// - Throws: `FolderError` where nothing can be written, before any work is done.
  public func run(_ lesson: any Lesson.Type) throws(FolderError) -> Outcome {
    let folder = settings.folder(of: lesson.card)
    try folder.prepare()
    try folder.setFinishedRunAside()
    folder.removeFigures(of: lesson.card)
    let log = RunLog(RunRecord(lesson: lesson.card, facts: facts), in: folder)
    logLock.withLock { currentLog = log }
    let page = Notebook(
      card: lesson.card, settings: settings, backend: backend, observer: observer, log: log)
    observer.runBegan(log.snapshot)
    log.saveWithPage()
    let failure = teach(lesson, on: page)
    if failure == nil { folder.forgetEarlierRun() }
    observer.runEnded(log.snapshot, in: folder)
    return Outcome(record: log.snapshot, folder: folder, failure: failure)
  }

  /// Called from the thread that handles an interrupt: keeps what is finished and writes the page
  /// up to there. Nil where no run is under way.
  public func interrupt() -> (record: RunRecord, folder: RunFolder)? {
    guard let log = logLock.withLock({ currentLog }) else { return nil }
    return (log.interrupt(), log.folder)
  }

  /// Called where a device fails in the middle of an operation, which cannot throw: keeps the
  /// finished steps, marks the one under way as broken by this error, and writes the page up to
  /// there. Nil where no run is under way.
  public func fail(_ error: any Error) -> (record: RunRecord, folder: RunFolder)? {
    guard let log = logLock.withLock({ currentLog }) else { return nil }
    return (log.fail(sentence(for: error)), log.folder)
  }

  private func teach(_ lesson: any Lesson.Type, on page: Notebook) -> (any Error)? {
    var failure: (any Error)?
    let peak: MemoryUsage
    do {
      ((), peak) = try backend.meter.scope { try lesson.init().teach(page) }
      page.noticeTaken()
      page.showBesideProcessor()
      page.noticeExercises()
    } catch {
      failure = error
      peak = backend.meter.peak
    }
    page.log.change {
      // Steps that were taken held theirs in another run.
      let taken = $0.steps.filter { $0.reusedFrom != nil }.map(\.peakBytes)
      $0.peakBytes = ([PeakBytes(peak)] + taken).max { $0.total < $1.total } ?? PeakBytes(peak)
      $0.processPeakBytes = processPeakBytes()
    }
    page.log.end(state(after: failure, on: page))
    return failure ?? page.log.writeFailure
  }

  private func state(after failure: (any Error)?, on page: Notebook) -> RunState {
    guard let failure else { return .finished }
    let broken = page.log.snapshot.steps.last { $0.status == .broken }
    let message = sentence(for: failure)
    return .broken(step: broken?.failure == message ? broken?.title : nil, message: message)
  }

  private var facts: RunFacts {
    let formatter = ISO8601DateFormatter()
    return RunFacts(
      device: backend.deviceName, threads: backend.threadCount, seed: settings.seed,
      scale: settings.scale, corpus: settings.corpusPath, command: settings.command,
      startedAt: formatter.string(from: Date()), versions: settings.versions)
  }
}

/// The largest memory of this process so far, as the operating system counts it; 0 where it does
/// not say.
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
