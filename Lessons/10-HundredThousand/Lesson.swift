import Corpora
import LessonKit
import SmallTransformer

/// Lesson 10: the techniques of all lessons in one model, at 100,000 tokens, on the reader's
/// machine.
public struct HundredThousandLesson: Lesson {
  public static let card = LessonCard(
    number: 10, slug: "hundred-thousand", title: "A hundred thousand",
    question: "Can an ordinary machine read 100,000 tokens, with a model trained in front of you?",
    idea: """
      Most layers see only a window of near tokens and keep a small cache. One layer sees the \
      whole text, and has no positions that could be new to it. With shared keys, tiles and \
      recomputation, this model trains on short texts in minutes and then reads 100,000 tokens.
      """,
    figure: "recall-by-length",
    papers: [
      Paper(
        authors: "Gemma Team", year: 2024,
        title: "Gemma 2: improving open language models at a practical size", section: "section 2",
        link: "https://arxiv.org/abs/2408.00118"),
      Paper(
        authors: "Yang et al.", year: 2025,
        title: "Rope to Nope and back again: a new hybrid attention strategy",
        link: "https://arxiv.org/abs/2501.18795"),
      Paper(
        authors: "Chiang and Cholak", year: 2022,
        title: "Overcoming a theoretical limitation of self-attention",
        link: "https://arxiv.org/abs/2202.12172"),
      Paper(
        authors: "Mohtashami and Jaggi", year: 2023,
        title: "Landmark attention: random-access infinite context length for transformers",
        link: "https://arxiv.org/abs/2305.16300"),
    ],
    after: ["positions", "sparse-masks", "multi-query", "memory-at-100k"],
    builds: """
      one model from the techniques of all lessons: window layers and a global one, shared keys \
      and values, trained on short texts, fine-tuned on longer ones with recomputation, and run on \
      100,000 tokens within the memory that was predicted
      """,
    standardSeconds: 125)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    // One byte more than the longest text, so that its start can be drawn at random.
    let book = try notebook.book(readingUpTo: experiment.longest + 1)
    opening(notebook, experiment)
    try compareLengths(notebook, experiment)
    try cacheByLayer(notebook, experiment)
    try comparePositions(notebook, experiment, book)
    let model = try trainModel(notebook, experiment, book)
    let longText = try readLongText(notebook, experiment, book, model)
    try decodeWithLearners(notebook, longText)
    try findNeedles(notebook, experiment, book, model)
    try drawAttentionMap(notebook, experiment, longText)
    listArticle(notebook)
    closing(notebook)
  }

  private func opening(_ notebook: Notebook, _ experiment: Experiment) {
    let model = experiment.chosen
    notebook.say(
      """
      The course began with a claim: a list of techniques took language models from 2,000 tokens \
      to 100,000. You have built each technique alone. Now put them together, in one model of \
      \(model.layerCount) layers and width \(model.modelDim). It reads \
      \(Quantity.count.text(Double(experiment.longest))) bytes of a book here, on this machine, \
      from a part of the book that it was not trained on. One token is one byte.
      """)
    notebook.heading("The model")
    notebook.say(
      """
      - **Windows and a global layer** (lesson 4): one layer in \(experiment.period) is global and \
      sees everything. The others see the last \(experiment.window) tokens.
      - **Positions where they help** (lesson 3): RoPE rotates queries and keys in the window \
      layers, where neighbors matter. The global layer has no positions: it looks tokens up by \
      content, at any distance.
      - **Tiled attention** (lesson 5) in every layer: the score matrix is never materialized.
      - **One key/value head** for \(model.headCount) query heads (lesson 6).
      - **A cache for each kind of layer**: a ring for a window, every token for the global layer.
      - **Recomputation** (lesson 8) in training on longer texts.
      """)
    notebook.show(
      "Interleaved", in: "Sources/SmallTransformer/Patterns/Interleaved.swift",
      focus: "public func layer(")
    notebook.say(
      """
      Width and depth are small, so that two processor cores are enough. Window layers make the \
      length affordable. The length itself is not reduced.
      """)
  }

  private func closing(_ notebook: Notebook) {
    notebook.heading("What to take with you")
    notebook.say(
      """
      - No single invention gives a context of 100,000 tokens. Each technique removes one limit, \
      and then you meet the next one.
      - Reading a long text is not the same as using it. In a model this small the loss per byte \
      hardly falls with more context. Questions about one planted fact show what the perplexity \
      hides.
      - A look-up learned on short texts gets weaker among many tokens, because every other token \
      takes a little of the attention. Larger scores in the global layer restore it, without \
      training.
      - Time and bytes can be calculated before a run. Calculate them first.
      """)
  }
}
