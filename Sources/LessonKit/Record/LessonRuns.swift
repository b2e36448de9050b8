import Foundation
import SystemSupport

/// The runs of one lesson in a folder of runs: at most one finished run per scale.
///
/// `SLUG/` has the run of the largest scale. A run of a smaller scale has a folder beside it,
/// `SLUG.smoke/` or `SLUG.standard/`, so it never replaces the larger one. All of them are siblings:
/// a relative link such as `../SLUG/index.html` works from each, and `SLUG/index.html` is a page
/// whatever the scales of the runs. In each folder a finished run stays, in `….earlier/`, until a
/// new one is finished.
package struct LessonRuns: Sendable {
  /// The folder of the run of the largest scale.
  package let main: RunFolder

  package init(of slug: String, in runs: URL) {
    main = RunFolder(runs.appendingPathComponent(slug))
  }

  /// Takes all folders of this lesson for a run.
  /// - Throws: `FolderInUse`, or `FolderError` if the folder cannot be written or locked.
  package func lock() throws -> FileLock { try main.lock() }

  /// The folder that a new run of a scale is written to. It stays the same while the run goes on.
  /// - Complexity: reads the records of the lesson.
  package func target(at scale: Scale) -> RunFolder {
    let isSmaller = all.contains { folder in
      guard let record = try? folder.loadRecord() else { return false }
      return record.facts.scale > scale
    }
    return isSmaller ? beside(scale) : main
  }

  /// Moves the run of a smaller scale out of `SLUG/`, if the new run is to be written there. The
  /// caller holds the lock.
  func makeRoom(at scale: Scale) throws(FolderError) {
    guard target(at: scale) == main else { return }
    for folder in [main.earlier, main] {
      guard let record = try? folder.loadRecord(), record.facts.scale < scale else { continue }
      let own = beside(record.facts.scale)
      let isLess = record.state != .finished && (try? own.loadRecord())?.state == .finished
      if !isLess { try folder.moveRun(to: own) }
    }
  }

  /// The folder of the run that a reader sees: of the finished runs, the one of the largest scale.
  /// If none is finished, the unfinished run of the largest scale; if there is no run, `SLUG/`.
  ///
  /// With a scale, only the runs of this scale count.
  package func shown(at scale: Scale? = nil) -> RunFolder {
    var finished: (folder: RunFolder, scale: Scale)?
    var unfinished: RunFolder?
    for folder in all where folder.hasRecord {
      guard let record = try? folder.loadRecord() else { continue }
      if let scale, record.facts.scale != scale { continue }
      guard record.state == .finished else {
        unfinished = unfinished ?? folder
        continue
      }
      // No run beside this one has a larger scale.
      if scale == nil, folder == main { return folder }
      if finished.map({ record.facts.scale > $0.scale }) ?? true {
        finished = (folder, record.facts.scale)
      }
    }
    if let folder = finished?.folder ?? unfinished { return folder }
    return scale == nil ? all.first(where: \.hasRecord) ?? main : beside(scale ?? .smoke)
  }

  /// Calls `body` with the record that is shown and its folder. If a new run replaces the record
  /// meanwhile, `body` is called again, so that all files that it reads belong to the record.
  /// - Throws: `RecordError`, and what `body` throws.
  package func reading<Result>(
    at scale: Scale? = nil, _ body: (RunRecord, RunFolder) throws -> Result
  ) throws -> Result {
    for _ in 0..<100 {
      let folder = shown(at: scale)
      let record = try folder.loadRecord()
      let result = Swift.Result { try body(record, folder) }
      if let now = try? folder.loadRecord(), now.isOfSameRun(as: record) { return try result.get() }
      usleep(10_000)
    }
    throw RecordError.replaced(path: main.record.path)
  }

  /// The folder of the runs of a scale that is not the largest.
  private func beside(_ scale: Scale) -> RunFolder {
    RunFolder(
      main.url.deletingLastPathComponent().appendingPathComponent(
        "\(main.url.lastPathComponent).\(scale.rawValue)"))
  }

  /// All folders that can have a run of the lesson, the largest scale first.
  private var all: [RunFolder] {
    ([main] + Scale.allCases.reversed().map(beside)).flatMap { [$0, $0.earlier] }
  }
}

extension RunRecord {
  /// Whether both are records of one run, perhaps at different times.
  fileprivate func isOfSameRun(as other: RunRecord) -> Bool {
    facts.startedAt == other.facts.startedAt && facts.process == other.facts.process
      && facts.seed == other.facts.seed && facts.scale == other.facts.scale
      && lesson.slug == other.lesson.slug
  }
}
