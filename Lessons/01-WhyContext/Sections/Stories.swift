import LessonKit

/// The section "Stories with questions": the task.
extension WhyContextLesson {
  func showStories(_ notebook: Notebook) {
    notebook.heading("Stories with questions")
    notebook.say(
      """
      A story is a list of sentences. A *fact* says what somebody is, a *link* names somebody's \
      friend, and filler says nothing useful. People, values and the order of the sentences are \
      drawn anew for each story, so the model cannot memorize them. A link can stand before or \
      after the fact about the friend. There are three kinds of question, and each needs more of \
      the story than the one before: **one fact** (what is Ada?), **a chain of two** (what is \
      Ada's friend?), **a count over all** (how many are red?).
      """)
    notebook.show("story", in: "Sources/Corpora/Tasks/FactStory.swift", focus: "for index in")
  }
}
