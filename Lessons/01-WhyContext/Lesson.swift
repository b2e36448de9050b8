import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// Lesson 1: what a long window holds that a short one, with help, does not.
public struct WhyContextLesson: Lesson {
  public static let card = LessonCard(
    number: 1, slug: "why-context", title: "Why context",
    question: "What can a model do with a long window that a short one with help cannot?",
    papers: Papers.all,
    builds: """
      stories whose questions can be scored exactly, a model that answers them from its window, and \
      the three usual ways to do with a shorter one
      """,
    standardSeconds: 60)

  public init() {}

  public func teach(_ notebook: Notebook) throws {
    let experiment = Experiment(scale: notebook.scale)
    introduce(notebook, experiment)
    let reader = try trainReader(notebook, experiment)
    let results = try compare(notebook, experiment, reader)
    try lookUp(notebook, experiment, reader)
    try learnInTheWindow(notebook, experiment)
    close(notebook, experiment, results)
  }

  private func introduce(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.say(
      """
      A model knows what is in its weights and what is in its window. A book, a contract or a week \
      of conversation is not in its weights. When it does not fit into the window either, people \
      help themselves: they **cut** and keep the end, they **summarize** and keep what seems to \
      matter, or they **retrieve**: cut the text into pieces, look up those nearest to the \
      question, and show the model only these. A long window would make all three unnecessary. \
      Would it? Here is a task that can be scored exactly.
      """)
    notebook.heading("Stories with questions")
    notebook.say(
      """
      A story is a list of sentences. A *fact* says what somebody is, a *link* names somebody's \
      friend, and filler says nothing of use. People, facts and places are drawn anew for each \
      story, so nothing can be learned by heart. Three kinds of question need more and more of it: \
      **one fact** (what is Ada?), **a chain of two** (what is Ada's friend?), **a count over all** \
      (how many are red?).
      """)
    notebook.show("story", in: "Sources/Corpora/Tasks/FactStory.swift")
  }

  private func close(_ notebook: Notebook, _ experiment: Experiment, _ results: Results) {
    let longest = experiment.longest
    let chain = results.score(.retrieval, .chain, longest)
    notebook.heading("What to take with you")
    notebook.say(
      """
      - A cut window knows what it still holds and guesses the rest. Nothing warns the reader: the \
      guess looks like an answer.
      - Retrieval finds what *looks like the question*. The second fact of a chain does not: it \
      shares no word with the question, and \(Quantity.percent.text(chain.coverage, digits: 3)) of \
      the retrieved windows held all that a chain needs, at \(longest) sentences.
      - A summary is made before the question is known. Whatever it leaves out is gone.
      - The whole story in the window has none of these limits. Its own is the model's skill: what \
      it has not learned to combine, a long window does not combine for it. And it has a price, \
      which is the next lesson.
      """)
    notebook.notice(
      "What this does not show",
      """
      Each workaround can be made better: retrieval that asks again with what it found would follow \
      a chain, a summary made after the question would keep the right facts. Each repair is one \
      more guess at what will be needed, made outside the model. And these stories are small and \
      made by rule; on real text a store also misses what is said in other words.
      """)
  }
}
