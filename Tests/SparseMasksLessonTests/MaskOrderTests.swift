import CPUBackend
import Foundation
import LessonKit
import SparseMasksLesson
import Testing

/// Results are looked up by mask: a run with the masks in another order makes the same claims.
@Suite struct MaskOrderTests {
  private struct ReversedLesson: Lesson {
    static let card = SparseMasksLesson.card
    func teach(_ notebook: Notebook) throws {
      try SparseMasksLesson(masks: Mask.allCases.reversed()).teach(notebook)
    }
  }

  @Test func theOrderOfTheMasksChangesNoClaim() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("masks-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let text = folder.appendingPathComponent("text.txt")
    let words = (0..<4000).map { "line \($0 * 7919 % 1000) of the text; " }
    try Data(words.joined().utf8).write(to: text)
    let settings = RunSettings(
      scale: .smoke, seed: 2, corpusPath: text.path,
      runsFolder: folder.appendingPathComponent("runs"),
      cacheFolder: folder.appendingPathComponent("cache"), command: "lab run sparse-masks")
    func record(_ lesson: any Lesson.Type) throws -> RunRecord {
      let outcome = try LessonRunner(
        settings: settings, backend: try CPUBackend(threadCount: 2), observer: SilentObserver()
      ).run(lesson)
      if let failure = outcome.failure { throw failure }
      return outcome.record
    }
    let (usual, reversed) = (
      try record(SparseMasksLesson.self), try record(ReversedLesson.self)
    )
    #expect(usual.claims.map(\.id) == reversed.claims.map(\.id))
    #expect(usual.claims.map(\.text) == reversed.claims.map(\.text))
    for (claim, other) in zip(usual.claims, reversed.claims) where !isTiming(claim) {
      #expect(claim.value == other.value, "\(claim.id)")
      #expect(claim.holds != false, "\(claim.text): \(claim.comparison)")
    }
    // Rows come in the order of the masks, and each keeps its content.
    let tables = usual.tables
    #expect(tables.map(\.name) == reversed.tables.map(\.name))
    for (table, other) in zip(tables, reversed.tables) where table.name != "exponents" {
      #expect(Set(table.rows) == Set(other.rows), "\(table.name)")
    }
    let pairs = try #require(reversed.tables.first { $0.name == "pairs" })
    #expect(pairs.rows.last?.first == "causal")
  }

  /// Measured in seconds, so that no two runs agree.
  private func isTiming(_ claim: Claim) -> Bool {
    claim.id.hasPrefix("time-") || claim.id.hasPrefix("block-time-") || claim.id == "window-speedup"
  }
}

extension RunRecord {
  fileprivate var tables: [Table] {
    cells.compactMap {
      if case .table(let table) = $0.content { table } else { nil }
    }
  }
}
