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

/// Blocks of a paged cache.
@Suite struct BlockPoolTests {
  /// Five tokens and four, in blocks of four: two blocks and one, in the order of need.
  @Test func blocksAreTakenWhenTheLastOneIsFull() {
    var pool = BlockPool(requestCount: 2, blockLength: 4)
    for _ in 0..<4 {
      pool.append(to: 0)
      pool.append(to: 1)
    }
    pool.append(to: 0)
    #expect(pool.tables == [[0, 2], [1]])
    #expect(pool.lengths == [5, 4])
    #expect(pool.reserved == 12 && pool.used == 9 && pool.blockCount == 3)
  }
}
