extension Notebook {
  /// Names the exercises of this lesson at the end of its page; nothing where it has none, or where
  /// they are not at hand.
  func noticeExercises() {
    guard let shelf = try? ExerciseCatalog.standard() else { return }
    let items = shelf.exercises(ofLesson: card.number).map {
      "- `lab check \($0.name)`: \($0.title)"
    }
    guard !items.isEmpty else { return }
    notice("Your turn", items.joined(separator: "\n"))
  }
}
