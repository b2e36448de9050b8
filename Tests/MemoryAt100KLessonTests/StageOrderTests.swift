import LessonKit
import MemoryAt100KLesson
import TestSupport
import Testing

/// Results are looked up by stage: a run with the stages in another order makes the same claims.
@Suite struct StageOrderTests {
  private struct ReversedLesson: Lesson {
    static let card = MemoryAt100KLesson.card
    func teach(_ notebook: Notebook) throws {
      try MemoryAt100KLesson(
        inference: InferenceStage.allCases.reversed(), training: TrainingStage.allCases.reversed()
      ).teach(notebook)
    }
  }

  @Test func theOrderOfTheStagesChangesNoClaim() throws {
    let claims = try runRecord(of: MemoryAt100KLesson.self).claims
    #expect(try runRecord(of: ReversedLesson.self).claims == claims)
  }
}
