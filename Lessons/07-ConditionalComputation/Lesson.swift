import Corpora
import LessonKit
import SmallTransformer

/// Lesson 7: computation only for the tokens that need it.
public struct ConditionalComputationLesson: Lesson {
  public static let card = LessonCard(
    number: 7, slug: "conditional-computation", title: "Conditional computation",
    question: "Must every token get the same amount of computation?",
    idea: """
      Not every token needs the same work. A router gives each token a score: the tokens with \
      high scores take a heavy branch, the others only a light one. The router learns because \
      its score multiplies the output of the heavy branch.
      """,
    figure: "picked",
    papers: [
      Paper(
        authors: "Ainslie et al.", year: 2023,
        title: "CoLT5: faster long-range transformers with conditional computation",
        section: "section 3", link: "https://arxiv.org/abs/2303.09752"),
      Paper(
        authors: "Raposo et al.", year: 2024,
        title:
          "Mixture-of-Depths: dynamically allocating compute in transformer-based language models",
        section: "section 3", link: "https://arxiv.org/abs/2404.02258"),
      Paper(
        authors: "Lei et al.", year: 2023,
        title: "Conditional adapters: parameter-efficient transfer learning with fast inference",
        section: "section 3.2", link: "https://arxiv.org/abs/2304.04947"),
    ],
    after: ["cost"],
    builds: """
      a router that learns to find hard tokens, light and heavy branches for feed-forward and \
      attention, blocks that most tokens skip, and a routing rule that does not look ahead
      """,
    standardSeconds: 60)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    let book = try notebook.book(readingUpTo: experiment.textSchedule.length)
    opening(notebook)
    try routeHardTokens(notebook, experiment)
    try timeLongTexts(notebook, experiment)
    let depths = try compareDepths(notebook, experiment, book)
    try avoidLookingAhead(notebook, experiment, book, depths)
    closing(notebook)
  }

  private func opening(_ notebook: Notebook) {
    notebook.say(
      """
      An ordinary transformer spends the same computation on a comma and on the most important \
      word. If only the hard tokens took an expensive path, a long text would cost little more \
      than its hard tokens. That is **conditional computation**. (The article behind this course \
      lists it among its techniques. A Chinese summary of the article calls it *recomputation*, \
      but that is a different technique, the one of lesson 8.)
      """)
    notebook.formula(
      #"""
      y_i = x_i + \text{light}(x_i) + g_i \cdot \text{heavy}(x_i) \quad \text{for the routed tokens}
      y_i = x_i + \text{light}(x_i) \quad \text{for the others}
      """#,
      legend: """
        `g_i` is the gate, computed from the router's score `s_i = x_i · u`. Top-k itself has no \
        gradient. The router learns only because the gate *multiplies* the output of the heavy \
        branch.
        """)
    notebook.show("callAsFunction", in: technique("LightHeavy"))
    notebook.show(
      "addRows", in: "Sources/Autograd/Operations/RoutedRows.swift", focus: "let scaled")
  }

  private func closing(_ notebook: Notebook) {
    notebook.heading("What to take with you")
    notebook.say(
      """
      - Routing saves FLOPs in proportion to the tokens that skip the expensive path. It keeps \
      quality if the router finds the hard tokens. A router that does not learn saves the same \
      FLOPs, but gets most of the hard tokens wrong.
      - A router learns only from the tokens it picked. If it never picks a hard token, it never \
      finds out that it should. Noise makes it try every token.
      - Top-k over a sequence reads the whole sequence. An encoder may do that. A decoder that \
      writes token by token may not: it needs a rule that decides from each token alone.
      - A comparison must say what is equal: FLOPs, weights or time. These are three different \
      comparisons.
      """)
  }

  /// The path of a file in the folder Technique, for source excerpts.
  func technique(_ name: String) -> String {
    "Lessons/07-ConditionalComputation/Technique/\(name).swift"
  }
}
