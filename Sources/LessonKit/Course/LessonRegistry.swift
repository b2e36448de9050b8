import SystemSupport

/// The lessons of the course, in order. `lab` hands it in; LessonKit knows no lesson by name.
public struct LessonRegistry {
  public let lessons: [any Lesson.Type]

  public var cards: [LessonCard] { lessons.map { $0.card } }

  /// - Precondition: no two lessons share a number or a slug.
  public init(_ lessons: [any Lesson.Type]) {
    self.lessons = lessons.sorted { $0.card.number < $1.card.number }
    let cards = lessons.map { $0.card }
    precondition(
      Set(cards.map(\.number)).count == cards.count && Set(cards.map(\.slug)).count == cards.count,
      "lessons: two share a number or a slug: \(cards.map(\.fileStem))")
  }

  /// The lesson of this slug or number.
  public func lesson(named name: String) throws(UnknownLesson) -> any Lesson.Type {
    let typed = name.lowercased()
    if let found = lessons.first(where: { matches($0.card, typed) }) { return found }
    throw UnknownLesson(
      name: name, nearest: nearestName(to: name, among: cards.map(\.slug)),
      known: cards.map(\.slug))
  }

  private func matches(_ card: LessonCard, _ typed: String) -> Bool {
    typed == card.slug || Int(typed) == card.number || typed == card.fileStem
  }
}

/// A name that no lesson has.
public struct UnknownLesson: Error, Equatable, CustomStringConvertible {
  public let name: String
  public let nearest: String?
  public let known: [String]

  package init(name: String, nearest: String?, known: [String]) {
    self.name = name
    self.nearest = nearest
    self.known = known
  }

  public var description: String {
    let wayOut = nearest.map { "Did you mean '\($0)'?" } ?? "'lab list' shows the lessons."
    return "There is no lesson '\(name)'. \(wayOut)"
  }
}
