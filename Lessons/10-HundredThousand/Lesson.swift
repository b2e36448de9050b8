import Corpora
import LessonKit
import SmallTransformer

/// Lesson 10: everything before in one model, at 100,000 tokens, on the machine in front of you.
public struct HundredThousandLesson: Lesson {
  public static let card = LessonCard(
    number: 10, slug: "hundred-thousand", title: "A hundred thousand",
    question: "Can an ordinary machine read 100,000 tokens, with a model trained in front of you?",
    papers: Papers.all, after: ["positions", "sparse-masks", "multi-query", "memory-at-100k"],
    builds: """
      one model out of everything before: window layers and a global one, shared keys and values, \
      trained short, fine-tuned longer with recomputation, and read at 100,000 tokens with a plan of \
      its memory that holds
      """,
    standardSeconds: 185)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    // One byte more than the longest text: where it begins is drawn.
    let book = try notebook.book(readingUpTo: experiment.longest + 1)
    introduce(notebook, experiment)
    try growLonger(notebook, experiment)
    try compareSchemes(notebook, experiment, book)
    let model = try trainReader(notebook, experiment, book)
    let reading = try readBook(notebook, experiment, book, model)
    try askAtEveryDepth(notebook, experiment, book, model, reading)
    try drawMap(notebook, experiment, reading)
    theArticlesList(notebook)
    close(notebook, experiment)
  }

  private func introduce(_ notebook: Notebook, _ experiment: Experiment) {
    let model = experiment.chosen.configuration
    notebook.say(
      """
      The course began with a claim: language models went from 2,000 tokens to 100,000 by a list of \
      tricks. You have built each of them alone. Now put them together, into one model of \
      \(model.layerCount) layers and width \(model.modelDim), and let it read \
      \(Quantity.count.text(Double(experiment.longest))) bytes of a book that it has never seen, \
      here, on this machine.
      """)
    notebook.heading("The model")
    notebook.say(
      """
      - **Windows and a global layer** (lesson 4): all layers but one in \(experiment.period) see \
      the last \(experiment.window) tokens. The global one sees everything.
      - **Positions where they help** (lesson 3): RoPE turns the window layers, where neighbors \
      matter. The global layer has none: it looks things up by what they are, at any distance.
      - **Tiled attention** (lesson 5) everywhere: no matrix of all pairs is ever made.
      - **One key/value head** for \(model.headCount) heads of queries (lesson 6).
      - **Recomputation** (lesson 8) when it is trained on longer texts.
      """)
    notebook.show("Interleaved", in: "Sources/SmallTransformer/Patterns/Interleaved.swift")
    notebook.say(
      """
      Width and depth are small because two processor cores are what there may be; window layers \
      are there because they make the length affordable. Nothing is left out of the length itself.
      """)
  }

  private func close(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.heading("What to take with you")
    notebook.say(
      """
      - A context of 100,000 tokens is no single invention. Each technique removes one wall, and the \
      next wall stands right behind it.
      - Reading far is not knowing far. Loss per byte hardly falls with a longer past in so small a \
      model; asking for one planted fact shows what the perplexity hides.
      - A look-up learned on short texts fades among many tokens, since every one of them takes a \
      little of the attention. Sharper scores give it back, without training.
      - What runs, and how long and in how many bytes, could be said before. Say it before.
      """)
  }
}
