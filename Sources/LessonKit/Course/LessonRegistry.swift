import SystemSupport

/// The lessons of the course, in order. `lab` creates it; LessonKit does not depend on any lesson.
package struct LessonRegistry {
  package let lessons: [any Lesson.Type]

  package var cards: [LessonCard] { lessons.map { $0.card } }

  /// - Precondition: no two lessons share a number or a slug.
  package init(_ lessons: [any Lesson.Type]) {
    self.lessons = lessons.sorted { $0.card.number < $1.card.number }
    let cards = lessons.map { $0.card }
    precondition(
      Set(cards.map(\.number)).count == cards.count && Set(cards.map(\.slug)).count == cards.count,
      "lessons: two share a number or a slug: \(cards.map(\.fileStem))")
  }

  /// The lesson of this slug or number.
  package func lesson(named name: String) throws(UnknownLesson) -> any Lesson.Type {
    let typed = name.lowercased()
    if let found = lessons.first(where: { matches($0.card, typed) }) { return found }
    throw UnknownLesson(name: name, nearest: nearestName(to: name, among: cards.map(\.slug)))
  }

  /// The lesson that follows; nil after the last one.
  package func card(after card: LessonCard) -> LessonCard? {
    cards.first { $0.number > card.number }
  }

  private func matches(_ card: LessonCard, _ typed: String) -> Bool {
    typed == card.slug || Int(typed) == card.number || typed == card.fileStem
  }
}

/// There is no lesson of this name.
package struct UnknownLesson: Error, Equatable, CustomStringConvertible {
  package let name: String
  package let nearest: String?

  package init(name: String, nearest: String?) { (self.name, self.nearest) = (name, nearest) }

  package var description: String {
    let advice = nearest.map { "Did you mean '\($0)'?" } ?? "'lab list' shows the lessons."
    return "There is no lesson '\(name)'. \(advice)"
  }
}
