import LessonKit

/// Lesson 1: what a model can answer from a long context, compared with four ways around it.
public struct WhyContextLesson: Lesson {
  public static let card = LessonCard(
    number: 1, slug: "why-context", title: "Why context",
    question: """
      What can a model do with a long context that it cannot do with a short one and retrieval?
      """,
    idea: """
      A text that is longer than the context must be cut, summarized or searched, or a model must \
      be trained on it. Each way can lose what a question needs: the fact that was cut off, the \
      second step of a chain, the count over all facts. A model that reads everything has \
      everything before it.
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
      the usual ways around a short context, and their price
      """,
    standardSeconds: 60)

  public static var readsText: Bool { false }

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    introduce(notebook, experiment)
    showStories(notebook)
    let readers = try trainReaders(notebook, experiment)
    try showMethods(notebook, experiment)
    let results = try compareMethods(notebook, experiment, readers)
    try showAttention(notebook, experiment, readers)
    let (fineTuned, own) = try putInWeights(notebook, experiment, readers)
    compareCosts(notebook, experiment, results, fineTuned: fineTuned, own: own)
    try learnRule(notebook, experiment)
    close(notebook)
  }

  private func introduce(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.say(
      """
      A model knows what is in its weights and what is in its context. A book, a contract or a \
      week of conversation is not in its weights. If it does not fit into the context either, you \
      have four ways around that. You **truncate or summarize** the text. You **retrieve**: you cut \
      the text into pieces, search for those most similar to the question, and show the model only \
      these. You **fine-tune** the model on the text. Or you train a **small model of your own** on \
      it. Does a long context make all of them unnecessary? Here is a task that can be scored \
      exactly.
      """)
    notebook.explainSeeds(
      count: experiment.seedCount, stepCount: experiment.schedule.stepCount,
      pilots: Pilot.readerSeeds)
  }

  private func close(_ notebook: Notebook) {
    notebook.heading("Summary")
    notebook.say(
      """
      - A reader with a truncated window answers what it still sees and guesses the rest. Its \
      accuracy is what you can compute: coverage, plus what a guess is worth.
      - Retrieval finds what *looks like the question*. The second fact of a chain does not: it \
      takes a second search, and each search is a guess at what will be needed.
      - A summary is made before the question is known. What it leaves out is lost.
      - Training on the text stores single facts. It does not combine them, and each further step \
      can cost some of what the model could do before.
      - With the whole story in the context, none of these limits apply, and no kind of question \
      has to be known before. The remaining limit is the model itself: where it cannot count well, \
      a long context does not count for it. And a long context has a price. That is the next \
      lesson.
      """)
    notebook.notice(
      "What is different here from real texts",
      """
      These stories are small and made by rules. A sentence is one token, so nothing has to be \
      understood before it can be found. On real text, retrieval also misses facts that are stated \
      in other words, and pieces are cut through the middle of a thought. Fine-tuning here is told \
      which questions the text answers; a language model that is trained on raw text learns its \
      facts more slowly. And a large model that thinks aloud can combine two facts from its \
      weights, step by step, in its context.
      """)
  }
}
