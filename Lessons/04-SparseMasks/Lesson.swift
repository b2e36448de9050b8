import LessonKit
import SmallTransformer

/// Lesson 4: which pairs of tokens attention can leave out, what that saves and what it costs.
public struct SparseMasksLesson: Lesson {
  public static let card = LessonCard(
    number: 4, slug: "sparse-masks", title: "Sparse masks",
    question: """
      If a token attends to only a few others, what does it save, and what can it no longer know?
      """,
    idea: """
      If each token attends to a fixed number of others, the cost grows with n instead of n². A \
      token can still learn of others through several layers, if the mask has a path to them. \
      Where there is no path, no training helps.
      """,
    figure: "masks",
    papers: [
      Paper(
        authors: "Child et al.", year: 2019,
        title: "Generating long sequences with sparse transformers", section: "section 4",
        link: "https://arxiv.org/abs/1904.10509"),
      Paper(
        authors: "Beltagy, Peters and Cohan", year: 2020,
        title: "Longformer: the long-document transformer", section: "section 3.1",
        link: "https://arxiv.org/abs/2004.05150"),
      Paper(
        authors: "Zaheer et al.", year: 2020, title: "Big Bird: transformers for longer sequences",
        section: "section 2", link: "https://arxiv.org/abs/2007.14062"),
      Paper(
        authors: "Dao et al.", year: 2022,
        title: "FlashAttention: fast and memory-efficient exact attention with IO-awareness",
        section: "section 3.3", link: "https://arxiv.org/abs/2205.14135"),
      Paper(
        authors: "Xiao et al.", year: 2024,
        title: "Efficient streaming language models with attention sinks", section: "section 3",
        link: "https://arxiv.org/abs/2309.17453"),
      Paper(
        authors: "Tang et al.", year: 2024,
        title: "Quest: query-aware sparsity for efficient long-context LLM inference",
        section: "section 3", link: "https://arxiv.org/abs/2406.10774"),
      Paper(
        authors: "Yuan et al.", year: 2025,
        title: "Native sparse attention: hardware-aligned and natively trainable sparse attention",
        section: "section 3", link: "https://arxiv.org/abs/2502.11089"),
      Paper(
        authors: "Agarwal et al.", year: 2025, title: "gpt-oss-120b & gpt-oss-20b model card",
        section: "section 2", link: "https://arxiv.org/abs/2508.10925"),
    ], after: ["cost", "positions"],
    builds: """
      nine attention masks, a kernel that skips what they drop, tests of what a model can still \
      recall, blocks chosen by content, and learned sinks
      """,
    standardSeconds: 100)

  /// The masks of this run, in the order of the page. No sentence or claim depends on the order.
  private let masks: [Mask]

  public init() { self.init(masks: Mask.allCases) }

  package init(masks: [Mask]) { self.masks = masks }

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale, seed: notebook.seed, masks: masks)
    let book = try notebook.book(
      readingUpTo: max(experiment.textLength, experiment.streamLength))
    introduce(notebook, experiment)
    try showMasks(notebook, experiment)
    countPairs(notebook, experiment)
    try followReach(notebook, experiment)
    checkKernel(notebook, experiment)
    try measureCosts(notebook, experiment)
    try compareKeptBlocks(notebook, experiment)
    try transposeStrides(notebook, experiment)
    let recall = try testRecall(notebook, experiment)
    try chooseBlocks(notebook, experiment, recall)
    let text = try testOrdinaryText(notebook, experiment, book)
    try stream(notebook, experiment, book, text)
    close(notebook)
  }

  private func introduce(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.say(
      """
      In full attention every token looks at every token before it, so the work grows with the \
      square of the length. Most of those pairs get almost no weight. A **sparse mask** says \
      beforehand which pairs to leave out. You build nine such masks here, each of a few lines. \
      You draw them, count their pairs and time them. You train small models with them, on recall, \
      on text and on streams. At the end, the model itself chooses what it reads.
      """)
    notebook.say(
      """
      This page asks two questions. *What is saved?* Only what the kernel really skips: a mask \
      applied to a finished score matrix saves nothing. *What is lost?* A token that may not look \
      at another can still get its information through a third token, one layer later.
      """)
    notebook.say(
      """
      Claims about trained models are about \(experiment.seedCount) seeds, most of them about the \
      mean. Their bounds come from pilots with other seeds, \(Pilot.seeds.lowerBound) to \
      \(Pilot.seeds.upperBound).
      """)
  }

  private func close(_ notebook: Notebook) {
    notebook.heading("Summary")
    notebook.say(
      """
      - The number of pairs says what a mask keeps. The number of **kept blocks** says what it \
      costs. A pattern with few pairs, spread out, touches nearly every block.
      - With a window, the time is linear in the length. Nothing arrives from farther back than L \
      · (W − 1) tokens. If a token *can* reach a query, the model must still learn to use it.
      - A few tokens that every token sees shorten every path to two layers. All information on \
      this path must fit into those few tokens.
      - A stride costs what its pairs cost, if the tokens are sorted so that its columns are \
      blocks.
      - A fixed mask is blind wherever it does not look. Blocks chosen by content find a statement \
      anywhere, for the price of scoring all blocks.
      - The loss on ordinary text hides all this, as long as a model does not use the near \
      bytes fully. Test recall at a known gap.
      - Keeping the first tokens of a stream helps only a model that has learned to put attention \
      on them. Measure its attention first. A learned sink in the softmax needs no such token.
      """)
    notebook.notice(
      "What is different here from the papers",
      """
      The papers give different masks to different heads (Sparse Transformer, dilated Longformer) \
      or layers. Here all heads of all layers share one mask, so that its effect can be seen \
      alone. Longformer's global tokens have their own projections, and BigBird reads in both \
      directions. The models are thousands of times smaller than theirs.
      """)
  }
}
