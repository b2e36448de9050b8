import LessonKit
import PositionsLesson
import TestSupport
import Testing

/// Results are looked up by name: neither an additional scheme, also in the middle, nor another
/// order changes a claim, its sentence or its value.
@Suite struct SchemeOrderTests {
  /// A claim as the page shows it.
  private struct Finding: Equatable {
    let id: String
    let text: String
    let value: Double?
    let holds: Bool?
  }

  /// The claims of a run at smoke scale.
  private func findings(_ lesson: any Lesson.Type) throws -> [Finding] {
    try runRecord(of: lesson).claims.map {
      Finding(id: $0.id, text: $0.text, value: $0.value, holds: $0.holds)
    }
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

  @Test func anAdditionalSchemeOrAnotherOrderChangesNoClaim() throws {
    let all = try findings(PositionsLesson.self)
    for finding in all { #expect(finding.value != nil, "\(finding.id) was not measured") }
    #expect(try findings(FewerSchemes.self) == all)
    #expect(try findings(OtherOrder.self) == all)
  }
}
