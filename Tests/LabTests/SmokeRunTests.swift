import LessonKit
import TestSupport
import Testing
import lab

@Suite("Every lesson runs at smoke scale, and every claim that is checked holds")
struct SmokeRunTests {
  /// How many claims each lesson makes, how many of them are checked at smoke scale, and how many
  /// excerpts of source it shows. Without these numbers, a claim that is no longer made or no longer
  /// checked would not fail.
  static let counts: [String: (claims: Int, checked: Int, sources: Int)] = [
    "why-context": (20, 4, 7), "cost": (23, 14, 4),
    "positions": (21, 4, 9), "sparse-masks": (34, 10, 11), "flash-tiling": (21, 18, 18),
    "multi-query": (11, 3, 3), "conditional-computation": (10, 2, 6),
    "recomputation": (21, 18, 9), "memory-at-100k": (16, 16, 6), "hundred-thousand": (13, 6, 5),
  ]

  /// A lesson that leaves the course would otherwise leave this test in silence.
  @Test func theCourseHasTheLessonsOfTheTable() {
    #expect(Set(course.cards.map(\.slug)) == Set(Self.counts.keys))
  }

  @Test(arguments: course.cards.map(\.slug))
  func smokeRun(slug: String) throws {
    let lesson = try course.lesson(named: slug)
    let record = try runRecord(of: lesson)
    #expect((record.facts.corpus != nil) == lesson.readsText, "readsText of \(slug) is wrong")
    for claim in record.claims {
      #expect(claim.holds != false, "\(claim.text): \(claim.comparison)")
    }
    let card = lesson.card
    #expect(record.figures.contains { $0.name == card.figure }, "no figure '\(card.figure)'")
    #expect(card.idea.split(separator: ".").count > 1, "\(slug) has no idea")
    let counts = try #require(Self.counts[slug], "\(slug) has no line in the table of this test")
    #expect(record.claims.count == counts.claims)
    #expect(record.claims.count { $0.holds == true } == counts.checked)

    let sources = record.cells.compactMap { cell in
      if case .source(let excerpt) = cell.content { excerpt } else { nil }
    }
    #expect(sources.count == counts.sources)
    for source in sources { #expect(!source.text.isEmpty, "\(source.path) was not found") }
    for step in record.steps {
      #expect(step.source?.text.isEmpty == false, "the source of '\(step.id)' was not found")
    }
  }
}
