import LessonKit
import SmallTransformer

/// Lesson 4: which pairs of tokens to leave out, what that saves, and what it costs.
public struct SparseMasksLesson: Lesson {
  public static let card = LessonCard(
    number: 4, slug: "sparse-masks", title: "Sparse masks",
    question: """
      If a token may look at only a few others, what does it save, and what can it no longer know?
      """,
    papers: Papers.all, after: ["cost", "positions"],
    builds: """
      nine attention masks, a kernel that skips what they drop, and the tests of what each can \
      still recall
      """,
    standardSeconds: 105)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale, seed: notebook.seed)
    let book = try notebook.book(
      readingUpTo: max(experiment.textSchedule.length, experiment.streamLength))
    introduce(notebook)
    try showMasks(notebook, experiment)
    try countPairs(notebook, experiment)
    try followReach(notebook, experiment)
    try checkKernel(notebook, experiment)
    try clock(notebook, experiment)
    try recall(notebook, experiment)
    try readText(notebook, experiment, book)
    try stream(notebook, experiment, book)
    close(notebook)
  }

  private func introduce(_ notebook: Notebook) {
    notebook.say(
      """
      In full attention every token looks at every token before it, so the work grows with the \
      square of the length. Most of those looks find little. A **sparse mask** says beforehand \
      which of them to leave out. Nine such masks are built here, as values of a few lines each: \
      drawn, counted, timed, and then put into a small model that has to recall, read and stream.
      """)
    notebook.say(
      """
      Two questions go through the page. *What is saved?* Only what the kernel really skips: a mask \
      laid over a finished matrix saves nothing. *What is lost?* A token that may not look at \
      another can still hear of it through a third, one layer later.
      """)
  }

  private func close(_ notebook: Notebook) {
    notebook.heading("What to take with you")
    notebook.say(
      """
      - Count pairs to know what a mask asks for; count **kept blocks** to know what it will cost. A \
      pattern that is thin but spread out touches nearly every block.
      - A window is linear in the length and blind beyond L · (W − 1) tokens: not weak there, but \
      exactly blind. What a mask *can* reach, a model must still learn to use.
      - A few tokens that everybody sees shorten every path to two steps, and everything that is to \
      pass must fit through them.
      - The loss on ordinary text hides all this: most of what predicts the next byte stands close \
      by. Ask for recall at a known gap.
      - Keeping the first tokens of a stream helps only a model that has learned to lean on them. \
      Look at its attention before you promise anything.
      """)
    notebook.notice(
      "What is different here from the papers",
      """
      The papers give different masks to different heads (Sparse Transformer, dilated Longformer) or \
      layers; here all heads of all layers share one, so that its effect can be seen alone. \
      Longformer's global tokens have projections of their own, and BigBird reads in both \
      directions. The models are thousands of times smaller than theirs.
      """)
  }
}
