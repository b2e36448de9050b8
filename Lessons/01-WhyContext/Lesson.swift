import LessonKit

/// Lesson 1: what a model can answer from a long context, compared with three ways to shorten it.
public struct WhyContextLesson: Lesson {
  public static let card = LessonCard(
    number: 1, slug: "why-context", title: "Why context",
    question: """
      What can a model do with a long context that it cannot do with a short one and retrieval?
      """,
    idea: """
      A text that is longer than the context must be made shorter: cut, searched or summarized. \
      Each way can lose what a question needs: the fact that was cut off, the second step of a \
      chain, the count over all facts. A model that reads everything has everything before it.
      """,
    figure: "accuracy-by-kind",
    papers: [
      Paper(
        authors: "Lewis et al.", year: 2020,
        title: "Retrieval-augmented generation for knowledge-intensive NLP tasks",
        section: "section 2", link: "https://arxiv.org/abs/2005.11401"),
      Paper(
        authors: "Brown et al.", year: 2020, title: "Language models are few-shot learners",
        section: "section 2", link: "https://arxiv.org/abs/2005.14165"),
      Paper(
        authors: "Arora et al.", year: 2023,
        title: "Zoology: measuring and improving recall in efficient language models",
        link: "https://arxiv.org/abs/2312.04927"),
    ],
    builds: """
      stories whose questions can be scored exactly, a model that answers them from its context, \
      and the three usual methods for a shorter context
      """,
    standardSeconds: 60)

  public static var readsText: Bool { false }

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    introduce(notebook)
    showStories(notebook)
    let reader = try trainReader(notebook, experiment)
    let results = try compareMethods(notebook, experiment, reader)
    try showAttention(notebook, experiment, reader)
    try learnRule(notebook, experiment)
    close(notebook, experiment, results)
  }

  private func introduce(_ notebook: Notebook) {
    notebook.say(
      """
      A model knows what is in its weights and what is in its context. A book, a contract or a \
      week of conversation is not in its weights. If it does not fit into the context either, \
      there are three usual methods. You **truncate** the text and keep its end. You **summarize** \
      it and keep what seems important. Or you **retrieve**: you cut the text into pieces, search \
      for those most similar to the question, and show the model only these. Does a long context \
      make all three unnecessary? Here is a task that can be scored exactly.
      """)
  }

  private func close(_ notebook: Notebook, _ experiment: Experiment, _ results: Results) {
    let longest = experiment.longest
    let chain = results.score(.retrieval, .chain, longest)
    notebook.heading("Summary")
    notebook.say(
      """
      - A model with a truncated window answers from what it still sees and guesses the rest. \
      Nothing warns you: a guess looks like an answer.
      - Retrieval finds what *looks like the question*. The second fact of a chain does not look \
      like it: the two share no word. At \(longest) sentences, \
      \(Quantity.percent.text(chain.coverage, digits: 3)) of the retrieved contexts contained \
      everything that a chain needs.
      - A summary is made before the question is known. What it leaves out is lost.
      - With the whole story in the context, none of these limits apply. The remaining limit is \
      the model itself: if it has not learned to combine two facts, a long context does not \
      combine them for it. And a long context has a price. That is the next lesson.
      """)
    notebook.notice(
      "What this does not show",
      """
      Each method can be improved. Retrieval can search again with what it found, and then it can \
      follow a chain. A summary that is made after the question can keep the right facts. But each \
      improvement is one more guess at what will be needed, and it is made outside the model. \
      These stories are small and made by rules. On real text, retrieval also misses facts that \
      are stated in other words.
      """)
  }
}
