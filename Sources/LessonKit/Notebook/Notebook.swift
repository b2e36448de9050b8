import Foundation
import TensorCore

/// What a lesson talks to: it takes prose, steps, tables, figures and claims, in reading order, and
/// keeps them in the record of the run.
///
/// Use it from one thread. What a lesson needs beyond this (texts, trained models) is added by
/// extensions, which keep what they load in `remembered(_:make:)`.
public final class Notebook {
  public let card: LessonCard
  public let settings: RunSettings
  public let backend: any Backend

  /// How much work this run may be.
  public var scale: Scale { settings.scale }
  /// Where all randomness of this run comes from.
  public var seed: UInt64 { settings.seed }
  /// Where trained models are kept, by the hash of what went into them.
  public var cacheFolder: URL { settings.cacheFolder }
  /// The text that the reader chose in place of the lesson's own.
  public var corpusPath: String? { settings.corpusPath }
  /// Where this run is written.
  public var folder: RunFolder { log.folder }

  package let log: RunLog
  package let observer: any RunObserver
  /// Places in the record of the steps under way, outermost first.
  var openSteps: [Int] = []
  var begunStepCount = 0
  /// Models that this run needed, and how many of them were trained before.
  var models = (needed: 0, cached: 0)
  /// What decides the steps' results; nil before the first step.
  var lineage: StepLineage?
  /// Checksums of the texts read so far.
  var textsRead: [String] = []
  /// Names of steps, claims and measurements so far.
  var usedIDs: Set<String> = []
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

  /// A value made once in a run and kept: for extensions, which cannot store properties.
  /// - Precondition: one key is used with one type.
  public func remembered<Value>(_ key: String, make: () throws -> Value) rethrows -> Value {
    if let kept = memory[key] {
      guard let value = kept as? Value else {
        preconditionFailure("notebook: '\(key)' is kept as \(type(of: kept)), not \(Value.self)")
      }
      return value
    }
    let value = try make()
    memory[key] = value
    return value
  }

  /// Names the text that the run read, for the page.
  public func nameCorpus(_ name: String) {
    log.change { $0.facts.corpus = name }
  }

  /// Adds a complete cell, shows it and keeps it.
  func add(_ content: Cell.Content, named name: String) {
    let index = log.append(content, named: name)
    log.save()
    observer.added(log.snapshot.cells[index])
  }
}

extension Notebook {
  /// The record of another lesson's last run, where it has been run beside this one.
  public func lastRun(of slug: String) -> RunRecord? {
    try? RunFolder(settings.runsFolder.appendingPathComponent(slug)).loadRecord()
  }
}
