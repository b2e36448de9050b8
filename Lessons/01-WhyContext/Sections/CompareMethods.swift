import Corpora
import LessonKit
import Plotting

/// The section "What each method can answer".
extension WhyContextLesson {
  package typealias Chance = Keyed<FactStory.QuestionKind, Double>

  func compareMethods(
    _ notebook: Notebook, _ experiment: Experiment, _ readers: [Reader]
  ) throws -> Results {
    let longest = experiment.longest
    notebook.heading("What each method can answer")
    notebook.ask(
      """
      Retrieval finds the fact for every question that needs one. What will it do with the chain \
      “what is Ada's friend?”, and what with “how many are red?”?
      """,
      answer: """
        The question of a chain shares words with the link, and none with the friend's fact, which \
        one search therefore misses. A second search can find it. For a count it depends on how \
        many facts there are to count: up to \(experiment.budget) fit.
        """)
    let readers = readers.map { reader in
      var reader = reader
      reader.search = notebook.learners(Self.cosineRetrieval)?.search
      return reader
    }
    let results = try notebook.step(
      "ask", "Ask \(experiment.questionCount) questions for each kind, length and method"
    ) {
      try Results(readers, experiment, notebook: notebook)
    }
    let chance = Chance.chance(
      experiment.task, length: longest, people: experiment.people(in: longest),
      seed: notebook.seed)
    for kind in FactStory.QuestionKind.allCases {
      try drawByLength(notebook, experiment, results, kind, chance[kind])
    }
    try drawByKind(notebook, experiment, results, chance)
    tabulate(notebook, experiment, results)
    discuss(notebook, experiment, results)
    claimCoverage(notebook, results, length: longest)
    claim(notebook, results, length: longest)
    return results
  }

  private func drawByLength(
    _ notebook: Notebook, _ experiment: Experiment, _ results: Results,
    _ kind: FactStory.QuestionKind, _ chance: Double
  ) throws {
    func percent(_ method: Method) -> String {
      Quantity.percent.text(results.accuracy(method, kind, experiment.longest), digits: 3)
    }
    try notebook.figure(
      kind.figureName, lengthPlot(results, kind, chance: chance),
      caption: """
        Mean and range of \(experiment.seedCount) seeds; the points of one length stand side by \
        side. At \(experiment.longest) sentences: whole story \(percent(.whole)), truncated window \
        \(percent(.truncated)), retrieval in one round \(percent(.retrieval)), in two \
        \(percent(.twoRounds)).
        """)
  }

  private func drawByKind(
    _ notebook: Notebook, _ experiment: Experiment, _ results: Results, _ chance: Chance
  ) throws {
    func accuracy(_ method: Method, _ kind: FactStory.QuestionKind) -> Double {
      results.accuracy(method, kind, experiment.longest)
    }
    func best(_ kind: FactStory.QuestionKind) -> String {
      let most = Method.allCases.map { accuracy($0, kind) }.max() ?? .nan
      let best = Method.allCases.filter { accuracy($0, kind) == most }.map(\.name)
      return "\(kind.rawValue): \(best.joined(separator: " and "))"
    }
    try notebook.figure(
      "accuracy-by-kind", kindPlot(results, length: experiment.longest, chance: chance),
      caption: """
        Mean of \(experiment.seedCount) seeds. The best methods for each kind of question: \
        \(FactStory.QuestionKind.allCases.map(best).joined(separator: "; ")).
        """)
  }

  private func tabulate(_ notebook: Notebook, _ experiment: Experiment, _ results: Results) {
    func percent(_ share: Double) -> String { Quantity.percent.text(share, digits: 3) }
    notebook.table(
      "methods",
      columns: ["question", "method", "coverage", "expected", "right answers", "difference"],
      rows: FactStory.QuestionKind.allCases.flatMap { kind in
        Method.allCases.map { method in
          let score = results.score(method, kind, experiment.longest)
          return [
            kind.rawValue, method.name, percent(score.coverage), percent(score.expected),
            percent(score.accuracy), percent(score.accuracy - score.expected),
          ]
        }
      },
      caption: """
        At \(experiment.longest) sentences, all seeds together. Coverage: how often the context \
        contains everything that the answer needs. Expected: formula (1), with the best guess from \
        each context in place of g: the value that most facts of the context state, or the most \
        likely count.
        """)
  }

  private func discuss(_ notebook: Notebook, _ experiment: Experiment, _ results: Results) {
    // At smoke scale nothing is learned, so nothing follows from the shares.
    guard notebook.scale > .smoke else { return }
    func text(_ method: Method, _ kind: FactStory.QuestionKind) -> String {
      Quantity.percent.text(results.accuracy(method, kind, experiment.longest), digits: 3)
    }
    func expected(_ method: Method, _ kind: FactStory.QuestionKind) -> String {
      Quantity.percent.text(
        results.score(method, kind, experiment.longest).expected, digits: 3)
    }
    func shown(_ method: Method, _ kind: FactStory.QuestionKind) -> String {
      Quantity.percent.text(
        results.score(method, kind, experiment.longest).coverage, digits: 3)
    }
    let learned = results.accuracies(.whole, .chain, experiment.longest).count { $0 > 0.9 }
    let others =
      learned < experiment.seedCount ? "; the others have not learned it in these steps" : ""
    notebook.say(
      """
      - **One fact.** Retrieval answers \(text(.retrieval, .oneFact)). The truncated window \
      guesses, and nothing in its answer shows that it does.
      - **A chain.** One search misses the second fact: \(text(.retrieval, .chain)). A second \
      search follows the link: \(text(.twoRounds, .chain)). With the whole story, \
      \(learned) of \(experiment.seedCount) readers answer nearly every chain\(others).
      - **A count.** With retrieval \(text(.retrieval, .count)) are right, with the whole story \
      \(text(.whole, .count)): what both lack is the reader's own counting, since retrieval shows \
      every fact that counts in \(shown(.retrieval, .count)) of the questions. Two rounds spend \
      half of their sentences on a person who does not matter here, show all of them in \
      \(shown(.twoRounds, .count)), and \(text(.twoRounds, .count)) are right.
      - **A summary** by rule keeps what states something. It chose before the question was known, \
      so what it left out is lost: it shows \(shown(.ruleSummary, .oneFact)) of the facts, and no \
      link.
      """)
    let cut = results.score(.truncated, .count, experiment.longest)
    let literal = Double(cut.literal) / Double(max(1, cut.asked - cut.covered))
    let differences = Method.allCases.map { method in
      let score = results.score(method, .oneFact, experiment.longest)
      return abs(score.accuracy - score.expected)
    }
    notebook.say(
      """
      The last column compares each reader with one that guesses as well as its context allows. \
      For one fact they differ by at most \
      \(Quantity.percent.text(differences.max() ?? .nan, digits: 2)). For counts, a reader that was \
      shown a truncated story answers with the number of facts that it sees in \
      \(Quantity.percent.text(literal, digits: 3)) of the questions, as if nothing had been left \
      out.
      """)
    notebook.notice(
      "Right is not the same as certain",
      """
      The reader that saw none of the links was right in \(text(.ruleSummary, .chain)) of the \
      chains. It cannot know the answer. Naming the value that most facts of its summary state is \
      right in \(expected(.ruleSummary, .chain)). A guess from a good summary is better than a \
      guess from nothing, and looks exactly like an answer.
      """)
  }
}
