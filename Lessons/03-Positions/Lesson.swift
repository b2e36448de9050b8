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
      Paper(
        authors: "Xiong et al.", year: 2023,
        title: "Effective long-context scaling of foundation models",
        section: "section 4.1", link: "https://arxiv.org/abs/2309.16039"),
      Paper(
        authors: "Kazemnejad et al.", year: 2023,
        title: "The impact of positional encoding on length generalization in transformers",
        section: "section 4", link: "https://arxiv.org/abs/2305.19466"),
    ],
    after: ["cost"],
    builds:
      "five position schemes, four ways to stretch one of them, and a test that tells them apart",
    standardSeconds: 225)

  private let schemes: [Scheme]

  public init() { self.init(comparing: Scheme.allCases) }

  /// The lesson with some of the schemes, or with the schemes in another order.
  /// - Precondition: sinusoidal, RoPE and ALiBi are among them, because the claims are about these.
  package init(comparing schemes: [Scheme]) { self.schemes = schemes }

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale, schemes: schemes)
    let book = try notebook.book(readingUpTo: experiment.longestText)
    introduce(notebook, experiment)
    try showSchemes(notebook, experiment)
    try checkEngine(notebook)
    let (models, counts) = try trainSchemes(notebook, experiment, book)
    let curves = try readFarther(notebook, experiment, book, models, counts)
    try showSmallTokens(notebook, experiment, book, models, curves)
    try showAttention(notebook, experiment, book, models)
    let stretched = try stretchRoPE(notebook, experiment, book)
    try cacheKeys(notebook)
    try removeFarContext(notebook, experiment, book, models, curves)
    try fixContext(notebook, experiment, book, models)
    try askForKeys(notebook, experiment)
    try fineTune(notebook, experiment, book, models, stretched)
    let weights = Double(models[.rope][0].model.parameters.count)
    close(notebook, experiment, weights: weights)
  }

  private func introduce(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.say(
      """
      Attention ignores order: if you shuffle the keys, every query gets the same answer. So a \
      model needs something that tells it the position of each token. You build five such schemes \
      and train small models with each, on the same text and from the same seeds. Then you ask \
      all of them the question that decides how long a context can be: **what happens at a \
      position that the model never saw in training?**
      """)
    notebook.say(
      """
      The models are real, but small: \(experiment.shape.layerCount) layers of width \
      \(experiment.shape.modelDim), trained on sequences of T = \(experiment.trainedLength) bytes. \
      T is short, so that training takes seconds.
      """)
    notebook.explainSeeds(
      count: experiment.seedCount, stepCount: experiment.schedule.stepCount)
  }

  private func close(_ notebook: Notebook, _ experiment: Experiment, weights: Double) {
    let trainedLength = experiment.trainedLength
    notebook.heading("Summary")
    notebook.say(
      """
      - No weight of a transformer depends on the length, except a learned table of positions. \
      What fails beyond T is the *position*: the trained layers get values that they have never \
      seen.
      - For a model with absolute positions, every position beyond T is new. A model that uses \
      offsets (RoPE) meets new *offsets* there. ALiBi gives distant keys less and less weight, \
      along a line that it knows. A model that learned little about positions has little to lose.
      - Compare schemes only with the settings that each needs: tokens as large as the vectors \
      that are added to them, and training that is long enough to use positions at all.
      - Flat perplexity does not prove that a model uses the context. To find out, remove the far \
      context and compare the loss, or ask for something that only the far text says. Counting \
      bytes shows how much context a model uses at most.
      - RoPE's frequencies can be changed without training. It depends on the rotations within T \
      what a method does. NTK-aware scaling and YaRN leave the fast pairs alone and help. Position \
      interpolation slows them too, and needs training. All of them cost something at T.
      - A few training steps at the new length help more than any choice of frequencies.
      """)
    notebook.notice(
      "What is different here from the papers",
      """
      These models have \(Quantity.count.text(weights)) weights; the papers' have hundreds of \
      millions to tens of billions. T is \(trainedLength) instead of 512 to 4,096, and a token is \
      a byte. Four results are not the papers':
      - Learned positions and no positions stay far behind at T. In the papers, they are within a \
      few percent of the others (Haviv et al., table 1).
      - RoPE as trained loses a factor of a few beyond T; LLaMA's perplexity exceeds 1,000 there \
      (Chen et al., table 1).
      - Position interpolation without training is worse than no change. For LLaMA it is far \
      better: 16.1 at four times the length.
      - Direct fine-tuning at the new length works at once. For LLaMA it hardly did.
      """)
  }
}
