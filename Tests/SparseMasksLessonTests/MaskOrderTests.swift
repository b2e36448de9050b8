import Foundation
import LessonKit
import SparseMasksLesson
import TestSupport
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
    let words = (0..<4000).map { "line \($0 * 7919 % 1000) of the text; " }
    let (usual, reversed) = try withTemporaryFolder { folder in
      let text = folder.appendingPathComponent("text.txt")
      try Data(words.joined().utf8).write(to: text)
      return (
        try runRecord(of: SparseMasksLesson.self, corpusPath: text.path),
        try runRecord(of: ReversedLesson.self, corpusPath: text.path)
      )
    }
    #expect(usual.claims.map(\.id) == reversed.claims.map(\.id))
    #expect(usual.claims.map(\.text) == reversed.claims.map(\.text))
    for (claim, other) in zip(usual.claims, reversed.claims) where !isTiming(claim) {
      #expect(claim.value == other.value, "\(claim.id)")
      #expect(claim.holds != false, "\(claim.text): \(claim.comparison)")
    }
    // Rows come in the order of the masks, and each keeps its content.
    let tables = usual.tables
    #expect(tables.map(\.name) == reversed.tables.map(\.name))
    for (table, other) in zip(tables, reversed.tables) where !timingTables.contains(table.name) {
      #expect(Set(table.rows) == Set(other.rows), "\(table.name)")
    }
    let pairs = try #require(reversed.tables.first { $0.name == "pairs" })
    #expect(pairs.rows.last?.first == "causal")
  }

  private let timingTables = ["exponents", "transposed", "time-chosen"]

  /// Measured in seconds, so that no two runs agree.
  private func isTiming(_ claim: Claim) -> Bool {
    ["time-", "block-time-"].contains(where: claim.id.hasPrefix)
      || ["-speedup", "-time"].contains(where: claim.id.hasSuffix)
  }
}

extension RunRecord {
  fileprivate var tables: [Table] {
    cells.compactMap {
      if case .table(let table) = $0.content { table } else { nil }
    }
  }
}
