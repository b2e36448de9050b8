import CPUBackend
import Foundation
import LessonKit
import PositionsLesson
import Testing

@Suite struct LessonTests {
  /// A claim as the page shows it.
  private struct Finding: Equatable {
    let id: String
    let text: String
    let value: Double?
    let holds: Bool?
  }

  /// A run of the lesson at smoke scale.
  private func run(_ lesson: any Lesson.Type) throws -> RunRecord {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("positions-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let settings = RunSettings(
      scale: .smoke, seed: 3, runsFolder: folder.appendingPathComponent("runs"),
      cacheFolder: folder.appendingPathComponent("cache"), command: "lab run positions",
      versions: ["lab": "test"])
    let outcome = try LessonRunner(
      settings: settings, backend: try CPUBackend(threadCount: 2), observer: SilentObserver()
    ).run(lesson)
    #expect(outcome.failure == nil)
    return outcome.record
  }

  private func findings(_ record: RunRecord) -> [Finding] {
    record.claims.map { Finding(id: $0.id, text: $0.text, value: $0.value, holds: $0.holds) }
  }

  /// The lesson without two of its schemes, one of them from the middle of the list.
  private struct FewerSchemes: Lesson {
    static let card = PositionsLesson.card
    func teach(_ notebook: Notebook) throws {
      try PositionsLesson(comparing: [.sinusoidal, .rope, .alibi]).teach(notebook)
    }
  }

  /// The lesson with its schemes in another order.
  private struct OtherOrder: Lesson {
    static let card = PositionsLesson.card
    func teach(_ notebook: Notebook) throws {
      try PositionsLesson(comparing: [.noPositions, .alibi, .learned, .rope, .sinusoidal])
        .teach(notebook)
    }
  }

  @Test func everyClaimHoldsAndEverySourceIsShown() throws {
    let record = try run(PositionsLesson.self)
    #expect(record.claims.count == 16)
    for claim in record.claims {
      #expect(claim.value != nil, "\(claim.id) was not measured")
      #expect(claim.holds != false, "\(claim.text): \(claim.comparison)")
    }
    let sources = record.cells.compactMap { cell in
      if case .source(let excerpt) = cell.content { excerpt } else { nil }
    }
    #expect(sources.count == 6)
    for source in sources { #expect(!source.text.isEmpty, "\(source.path) is not there") }
    for step in record.steps { #expect(step.source?.text.isEmpty == false, "\(step.id)") }
  }

  /// Results are looked up by name: neither an additional scheme, also in the middle, nor another
  /// order changes a claim, its sentence or its value.
  @Test func anAdditionalSchemeOrAnotherOrderChangesNoClaim() throws {
    let all = findings(try run(PositionsLesson.self))
    #expect(findings(try run(FewerSchemes.self)) == all)
    #expect(findings(try run(OtherOrder.self)) == all)
  }
}
