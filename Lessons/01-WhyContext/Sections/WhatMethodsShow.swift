import Corpora
import LessonKit
import Plotting
import TensorCore

/// The section "Ways around a short context": what each method shows, and what to expect of it.
extension WhyContextLesson {
  func showMethods(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Ways around a short context")
    notebook.say(
      """
      Each method may show the model \(experiment.budget) sentences. The **truncated window** \
      keeps the last ones. A **summary** is made before the question is known: here it copies \
      sentences, either at random or by a rule that keeps facts first, then links, then filler. \
      **Retrieval** embeds every sentence and the question, and takes the nearest sentences. \
      **Retrieval in two rounds** takes half of them, reads whom the best one names, and searches \
      for that person with the other half.
      """)
    let drawing = try ShownStory(experiment, seed: notebook.seed)
    try notebook.figure(
      "what-methods-show", methodDrawing(drawing),
      caption: """
        A story of \(experiment.drawnLength) sentences. \(drawing.friendOf)→\(drawing.friend) is a \
        link, \(drawing.friend)=\(drawing.value) is a fact, and a dot is filler. The sentences \
        that the chain “what is \(drawing.friendOf)'s friend?” needs are dark. A summary is the \
        same for every question. One search finds the link; only the second search finds the fact.
        """)
    notebook.show("Method", in: "Technique/Methods.swift", focus: "shortened")
    notebook.show("SentenceIndex", in: "Technique/SentenceIndex.swift", focus: "rounds")
    notebook.showLearners(Self.cosineRetrieval)
    calculateByHand(notebook, experiment)
  }

  /// What to expect of the methods, by counting sentences.
  private func calculateByHand(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.say(
      """
      What can you expect? If the context contains the answer, a good reader gives it. If not, the \
      reader can guess among the possible answers, and is right by chance:
      """)
    notebook.formula(
      #"""
      p = c + (1 - c) \cdot g \tag{1}
      """#,
      legend: """
        p the expected share of right answers; c the coverage, the share of contexts that contain \
        everything the answer needs; g the share of guesses that are right
        """)
    let (n, budget) = (experiment.longest, experiment.budget)
    let (facts, values) = (experiment.people(in: n), experiment.task.valueCount)
    let guess = 1 / Double(values)
    func percent(_ share: Double) -> String { Quantity.percent.text(share, digits: 3) }
    func row(_ name: String, _ question: String, _ how: String, _ coverage: Double) -> [String] {
      [
        name, question, how, percent(coverage), percent(expected(coverage, chance: guess)),
      ]
    }
    let window = Double(budget) / Double(n)
    let both = window * Double(budget - 1) / Double(n - 1)
    notebook.example(
      "By hand: \(budget) of \(n) sentences, \(facts) facts, \(values) values",
      columns: ["method", "question", "sentences", "coverage c", "expected p"],
      rows: [
        row("truncated window", "one fact", "\(budget) / \(n)", window),
        row(
          "truncated window", "chain", "\(budget) / \(n) · \(budget - 1) / \(n - 1)", both),
        row(
          "summary by rule", "one fact", "\(min(budget, facts)) / \(facts)",
          min(1, Double(budget) / Double(facts))),
        row("summary by rule", "chain", "no link is kept", budget < facts ? 0 : .nan),
        row("retrieval", "one fact", "the fact has both words of the question", 1),
      ],
      result: """
        A guess among \(values) values is right in \(percent(guess)). So even a window that \
        almost never has the answer is right in \
        \(percent(expected(window, chance: guess))) of the questions.
        """)
  }
}

/// The expected share of right answers of a reader that answers what its context contains, and
/// guesses the rest: coverage + (1 − coverage) · chance.
package func expected(_ coverage: Double, chance: Double) -> Double {
  coverage + (1 - coverage) * chance
}
