import LessonKit

/// Lesson 3: how a model knows the position of a token, and what happens at positions that it never
/// saw in training.
public struct PositionsLesson: Lesson {
  public static let card = LessonCard(
    number: 3, slug: "positions", title: "Positions",
    question: "Why can one model read far past the length it was trained on, and another not?",
    idea: """
      Attention alone does not know the order of its tokens: a position scheme adds it. A scheme \
      that adds one vector per position meets vectors that it never trained on when the text is \
      longer. A scheme that uses only the distance of two tokens can be stretched, or needs no \
      change.
      """,
    figure: "perplexity-by-length",
    papers: [
      Paper(
        authors: "Vaswani et al.", year: 2017, title: "Attention is all you need",
        section: "section 3.5", link: "https://arxiv.org/abs/1706.03762"),
      Paper(
        authors: "Su et al.", year: 2021,
        title: "RoFormer: Enhanced transformer with rotary position embedding",
        section: "section 3", link: "https://arxiv.org/abs/2104.09864"),
      Paper(
        authors: "Press, Smith and Lewis", year: 2022,
        title: """
          Train short, test long: attention with linear biases enables input length extrapolation
          """,
        section: "section 3 and appendix B", link: "https://arxiv.org/abs/2108.12409"),
      Paper(
        authors: "Haviv et al.", year: 2022,
        title: """
          Transformer language models without positional encodings still learn positional \
          information
          """,
        section: "section 4", link: "https://arxiv.org/abs/2203.16634"),
      Paper(
        authors: "Chen et al.", year: 2023,
        title: "Extending context window of large language models via positional interpolation",
        section: "section 2", link: "https://arxiv.org/abs/2306.15595"),
      Paper(
        authors: "Peng et al.", year: 2023,
        title: "YaRN: Efficient context window extension of large language models",
        section: "section 3", link: "https://arxiv.org/abs/2309.00071"),
    ],
    after: ["cost"],
    builds:
      "five position schemes, three ways to stretch one of them, and a test that tells them apart",
    standardSeconds: 180)

  private let schemes: [Scheme]

  public init() { self.init(comparing: Scheme.allCases) }

  /// The lesson with some of the schemes, or with the schemes in another order.
  /// - Precondition: sinusoidal, RoPE and ALiBi are among them, because the claims are about these.
  package init(comparing schemes: [Scheme]) { self.schemes = schemes }

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale, schemes: schemes)
    let book = try notebook.book(readingUpTo: experiment.longest)
    introduce(notebook, experiment)
    try showSchemes(notebook, experiment)
    try checkEngine(notebook)
    let trained = try trainSchemes(notebook, experiment, book)
    let curves = try readFarther(notebook, experiment, book, trained)
    try showAttention(notebook, experiment, book, trained)
    try stretchRoPE(notebook, experiment, book, trained[.rope])
    try removeFarContext(notebook, experiment, book, trained, curves)
    try fixContext(notebook, experiment, book, trained)
    try fineTune(notebook, experiment, book, trained)
    close(notebook)
  }

  private func introduce(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.say(
      """
      Attention ignores order: if you shuffle the keys, every query gets the same answer. So a \
      model needs something that tells it the position of each token. You build five such schemes \
      and train one small model with each, on the same text and from the same seed. Then you ask \
      all of them the question that decides how long a context can be: **what happens at a \
      position that the model never saw in training?**
      """)
    notebook.say(
      """
      The models are real, but small: \(experiment.shape.layerCount) layers of width \
      \(experiment.shape.modelDim), trained on sequences of T = \(experiment.trainedLength) bytes. \
      T is short, so that training takes minutes.
      """)
    if notebook.scale == .smoke {
      notebook.notice(
        "A smoke run",
        """
        At this scale the models train for \(experiment.schedule.stepCount) steps and learn almost \
        nothing. The page shows that everything runs. Its sentences about trained models are true \
        at standard scale.
        """)
    }
  }

  private func close(_ notebook: Notebook) {
    notebook.heading("Summary")
    notebook.say(
      """
      - The weights of a transformer do not depend on the length. What fails beyond T is the \
      *position*: the trained layers get values that they have never seen.
      - For a model with absolute positions, every position beyond T is new. A model that uses \
      offsets (RoPE) meets new *offsets* there. ALiBi gives distant keys less and less weight. If \
      a model learned little about positions in these few steps, it has little to lose beyond T.
      - Flat perplexity does not prove that a model uses the context. To find out, remove the far \
      context and compare the loss.
      - Stretching RoPE's frequencies needs no training. NTK-aware scaling helps, and so does YaRN \
      fitted to T. Position interpolation, which lowers all frequencies, does not help here. A few \
      training steps at the new length help more.
      """)
    notebook.notice(
      "What is different here from the papers",
      """
      These models are thousands of times smaller than the papers', T is 4 to 16 times shorter, \
      and a token is a byte. The order of the schemes is the same as in the papers. The sizes of \
      the effects are valid for this page only. Position interpolation is the one result that is \
      the opposite of the paper's, and the page shows it as it was measured.
      """)
  }
}
