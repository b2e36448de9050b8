import LessonKit
import Testing

@Suite struct LessonRegistryTests {
  @Test(arguments: ["42", "demo", "DEMO", "42-demo"])
  func lessonsByNumberOrSlug(name: String) throws {
    let registry = LessonRegistry([FailingLesson.self, DemoLesson.self])
    #expect(try registry.lesson(named: name).card.slug == "demo")
    #expect(registry.cards.map(\.number) == [42, 43])
  }

  @Test func unknownLessonNamesTheNearest() {
    let registry = LessonRegistry([FailingLesson.self, DemoLesson.self])
    #expect(throws: UnknownLesson(name: "demmo", nearest: "demo")) {
      try registry.lesson(named: "demmo")
    }
  }
}
