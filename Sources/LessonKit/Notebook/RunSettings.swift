import Foundation

/// What the reader chose for a run.
public struct RunSettings {
  public var scale: Scale
  public var seed: UInt64
  /// A text to read in place of the lesson's own; nil for the lesson's own.
  public var corpusPath: String?
  /// Where runs live, one folder for each lesson.
  public var runsFolder: URL
  /// Where trained models are kept.
  public var cacheFolder: URL
  /// The step, counted from 1, from which the reader wants to see the run; nil for all of it.
  public var firstStep: Int?
  /// Whether a step whose source has not changed is taken from an earlier run.
  public var reusesSteps = false
  /// The running program: steps can be compared with their sources only where it is younger.
  public var program = Bundle.main.executableURL
  /// Steps that took less are not kept for `reusesSteps`.
  package var shortestKeptStep = 0.25
  /// The command line that gives this run again.
  public var command: String
  /// Versions of what takes part, by name.
  public var versions: [String: String]

  public init(
    scale: Scale = .standard, seed: UInt64 = 1, corpusPath: String? = nil, runsFolder: URL,
    cacheFolder: URL, command: String, versions: [String: String] = [:]
  ) {
    self.scale = scale
    self.seed = seed
    self.corpusPath = corpusPath
    self.runsFolder = runsFolder
    self.cacheFolder = cacheFolder
    self.command = command
    self.versions = versions
  }

  public func folder(of card: LessonCard) -> RunFolder {
    RunFolder(runsFolder.appendingPathComponent(card.slug))
  }
}
