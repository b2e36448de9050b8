import CPUBackend
import Foundation
import LessonKit

/// Runs a lesson on the CPU with two threads, without saved models or steps.
///
/// - Parameters:
///   - lesson: The lesson.
///   - scale: The scale of the run.
///   - corpusPath: A file to use as the text; nil for the lesson's own text.
/// - Returns: the record of the run.
/// - Throws: what the lesson throws, and errors of the backend and of the temporary folder.
public func runRecord(
  of lesson: any Lesson.Type, scale: Scale = .smoke, corpusPath: String? = nil
) throws -> RunRecord {
  try withTemporaryFolder { folder in
    let settings = RunSettings(
      scale: scale, seed: 3, corpusPath: corpusPath,
      runsFolder: folder.appendingPathComponent("runs"),
      cacheFolder: folder.appendingPathComponent("cache"),
      command: "lab run \(lesson.card.slug)", versions: ["lab": "test"])
    let outcome = try LessonRunner(
      settings: settings, backend: try CPUBackend(threadCount: 2), observer: SilentObserver()
    ).run(lesson)
    if let failure = outcome.failure { throw failure }
    return outcome.record
  }
}

/// The values of a lesson's claims at the standard scale, by identifier. NaN where a claim has none.
/// - Throws: as `runRecord(of:scale:corpusPath:)`.
public func claimValues(of lesson: any Lesson.Type) throws -> [String: Double] {
  let claims = try runRecord(of: lesson, scale: .standard).claims
  return Dictionary(uniqueKeysWithValues: claims.map { ($0.id, $0.value ?? .nan) })
}
