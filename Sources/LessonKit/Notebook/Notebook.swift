import Foundation
import TensorCore

/// The page that a lesson writes while it runs: prose, steps, tables, figures and claims, in
/// reading order. They are stored in the record of the run.
///
/// Use it from one thread. Extensions add texts and trained models. They store loaded values with
/// `remembered(_:make:)`.
public final class Notebook {
  public let card: LessonCard
  package let settings: RunSettings
  public let backend: any Backend

  /// How much work this run does.
  public var scale: Scale { settings.scale }
  /// The seed of all random numbers of this run.
  public var seed: UInt64 { settings.seed }
  /// The folder of trained models and of steps to reuse.
  package var cacheFolder: URL { settings.cacheFolder }
  /// The text of `--corpus`; nil for the lesson's own text.
  package var corpusPath: String? { settings.corpusPath }
  /// The folder of this run.
  package var folder: RunFolder { log.folder }

  package let log: RunLog
  package let observer: any RunObserver
  /// Indices in the record of the steps that are running, outermost first.
  var openSteps: [Int] = []
  var begunStepCount = 0
  /// The number of models that this run needed, and of those that came from the cache.
  var models = (needed: 0, cached: 0)
  /// Fingerprints of the steps so far; nil before the first step.
  var stepFingerprints: StepFingerprints?
  /// The fingerprint of the code that trains models; nil before the first model.
  var trainingFingerprint: Fingerprint?
  /// Checksums of the texts read so far.
  var textsRead: [String] = []
  /// What went wrong with the cache in this run.
  var cacheTroubles = CacheTroubles()
  /// Fingerprints of the learner's functions that the current step has called.
  var calledLearners: Set<String> = []
  /// Which steps called a learner's function, as text, in order, by the exercise's name.
  var stepsOfLearners: [String: [String]] = [:]
  /// Titles of the steps, claims and measurements so far, by their identifiers.
  var titlesByID: [String: String] = [:]
  /// The numbers of the equations so far.
  var equationNumbers: Set<Int> = []
  private var memory: [String: Any] = [:]

  package init(
    card: LessonCard, settings: RunSettings, backend: any Backend, observer: any RunObserver,
    log: RunLog
  ) {
    self.card = card
    self.settings = settings
    self.backend = backend
    self.observer = observer
    self.log = log
  }

  /// Makes a value once per run and stores it under a key. Extensions use it because they cannot
  /// have stored properties.
  /// - Precondition: a key is always used with the same type.
  public func remembered<Value>(_ key: String, make: () throws -> Value) rethrows -> Value {
    if let kept = memory[key] {
      guard let value = kept as? Value else {
        preconditionFailure(
          "notebook: '\(key)' is stored as \(type(of: kept)), not as \(Value.self)")
      }
      return value
    }
    let value = try make()
    memory[key] = value
    return value
  }

  /// Stores the name of the text, for the page.
  package func nameCorpus(_ name: String) {
    log.change { $0.facts.corpus = name }
  }

  /// Adds a complete cell to the record and shows it.
  func add(_ content: Cell.Content, named name: String) {
    let index = log.append(content, named: name)
    log.save()
    observer.added(log.snapshot.cells[index])
  }
}

extension Notebook {
  /// The record of another lesson's run in the same folder of runs, of the largest finished scale;
  /// nil if there is none.
  public func lastRun(of slug: String) -> RunRecord? {
    try? LessonRuns(of: slug, in: settings.runsFolder).shown().loadRecord()
  }
}
