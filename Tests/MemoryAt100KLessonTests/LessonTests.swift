import CPUBackend
import Foundation
import LessonKit
import MemoryAt100KLesson
import Testing

@Suite struct LessonTests {
  private struct ReversedLesson: Lesson {
    static let card = MemoryAt100KLesson.card
    func teach(_ notebook: Notebook) throws {
      try MemoryAt100KLesson(
        inference: InferenceStage.allCases.reversed(), training: TrainingStage.allCases.reversed()
      ).teach(notebook)
    }
  }

  private func record(_ lesson: any Lesson.Type) throws -> RunRecord {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("memory-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let settings = RunSettings(
      scale: .smoke, seed: 3, runsFolder: folder.appendingPathComponent("runs"),
      cacheFolder: folder.appendingPathComponent("cache"), command: "lab run memory-at-100k",
      versions: ["lab": "test"])
    let outcome = try LessonRunner(
      settings: settings, backend: try CPUBackend(threadCount: 2), observer: SilentObserver()
    ).run(lesson)
    #expect(outcome.failure == nil)
    return outcome.record
  }

  @Test func theLessonRunsAtSmokeScaleAndEveryClaimHolds() throws {
    let claims = try record(MemoryAt100KLesson.self).claims
    #expect(claims.count { $0.holds == true } >= 10)
    for claim in claims { #expect(claim.holds != false, "\(claim.text): \(claim.comparison)") }
  }

  /// Results are looked up by stage: a run with the stages in another order makes the same claims.
  @Test func theOrderOfTheStagesChangesNoClaim() throws {
    let (usual, reversed) = (
      try record(MemoryAt100KLesson.self), try record(ReversedLesson.self)
    )
    #expect(usual.claims == reversed.claims)
  }
}
