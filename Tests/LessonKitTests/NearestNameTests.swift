import LessonKit
import Testing

@Suite struct NearestNameTests {
  private let slugs = ["why-context", "cost", "positions", "sparse-masks", "flash-tiling"]

  @Test(arguments: [
    ("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("cost", "cots", 1), ("a", "a", 0),
  ])
  func distances(first: String, second: String, distance: Int) {
    #expect(editDistance(first, second) == distance)
    #expect(editDistance(second, first) == distance)
  }

  @Test(arguments: [
    ("postions", "positions"), ("Positions", "positions"), ("flash", "flash-tiling"),
    ("cots", "cost"), ("sparse-mask", "sparse-masks"), ("zebra", nil), ("", nil),
  ])
  func nearest(typed: String, expected: String?) {
    #expect(nearestName(to: typed, among: slugs) == expected)
  }

  @Test(arguments: ["42", "demo", "DEMO", "42-demo"])
  func lessonsByNumberOrSlug(name: String) throws {
    let registry = LessonRegistry([BrokenLesson.self, DemoLesson.self])
    #expect(try registry.lesson(named: name).card.slug == "demo")
    #expect(registry.cards.map(\.number) == [42, 43])
  }

  @Test func unknownLessonNamesTheNearest() {
    let registry = LessonRegistry([BrokenLesson.self, DemoLesson.self])
    #expect(throws: UnknownLesson(name: "demmo", nearest: "demo", known: ["demo", "broken"])) {
      try registry.lesson(named: "demmo")
    }
  }
}
