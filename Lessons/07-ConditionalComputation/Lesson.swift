import Corpora
import LessonKit
import SmallTransformer

/// Lesson 7: computation only for the tokens that need it.
public struct ConditionalComputationLesson: Lesson {
  public static let card = LessonCard(
    number: 7, slug: "conditional-computation", title: "Conditional computation",
    question: "Must every token get the same amount of computation?",
    papers: Papers.all, after: ["cost"],
    builds: """
      a router that learns which tokens are hard, light and heavy branches for feed-forward and \
      attention, blocks that most tokens go past, and a way to decide without looking ahead
      """,
    standardSeconds: 110)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    let book = try notebook.book(readingUpTo: experiment.textSchedule.length)
    introduce(notebook)
    let runs = try routeBits(notebook, experiment)
    try drawBits(notebook, experiment, runs)
    try clockBranches(notebook, experiment)
    let depths = try trainDepths(notebook, experiment, book)
    try lookAhead(notebook, experiment, book, depths)
    close(notebook)
  }

  private func introduce(_ notebook: Notebook) {
    notebook.say(
      """
      A comma and the turning point of a plot get the same computation in an ordinary transformer. \
      If only the tokens that need it took the heavy path, a long text would cost little more than \
      its hard places. That is **conditional computation**. (The article behind this course lists \
      it among its tricks; a Chinese summary of it calls the same trick *recomputation*, which is \
      another thing, and lesson 8's.)
      """)
    notebook.formula(
      "y_i = x_i + light(x_i) + g_i · heavy(x_i)     for the routed tokens\ny_i = x_i + light(x_i)                        for all others",
      legend: """
        `g_i` the gate, made from the router's score `s_i = x_i · u`. Top-k gives no gradient: the \
        router learns only because its score *multiplies* what the heavy branch says.
        """)
    notebook.show("callAsFunction", in: "LightHeavy.swift")
    notebook.show("addRows", in: "Sources/Autograd/Operations/RoutedRows.swift")
  }

  private func close(_ notebook: Notebook) {
    notebook.heading("What to take with you")
    notebook.say(
      """
      - Routing saves operations in proportion to the tokens left out, and keeps quality where the \
      router finds the tokens that matter. Choosing blindly saves as much and loses the answers.
      - A router learns from what it picked. One that never picked a hard token never hears that it \
      should have: it needs to be made to try.
      - Choosing the best k of a sequence looks at the whole sequence. An encoder may. A decoder that \
      writes token by token may not, and needs a rule that each token can be held to by itself.
      - What is equal in a comparison has to be said: operations, weights, or time. They are three \
      different comparisons.
      """)
  }
}
