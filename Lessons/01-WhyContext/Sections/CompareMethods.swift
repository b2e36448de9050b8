import Corpora
import LessonKit
import Plotting

/// The section "Four methods": what the model can answer with each context.
extension WhyContextLesson {
  package typealias Chance = Keyed<FactStory.QuestionKind, Double>

  func compareMethods(
    _ notebook: Notebook, _ experiment: Experiment, _ reader: Reader
  ) throws -> Results {
    notebook.heading("Four methods")
    notebook.say(
      """
      Every method except the last may show the model \(experiment.budget) sentences. The \
      **truncated window** keeps the last ones. **Retrieval** embeds every sentence and the \
      question, and takes the nearest sentences by exact search. Our **summary** keeps sentences \
      that are drawn at random from the facts and links, before the question is known. A \
      summarizer that copies sentences and does not know the question cannot do better. A summary \
      in the model's own hidden states could do better, but it would need its own training.
      """)
    notebook.show("Method", in: "Technique/Methods.swift", focus: "switch self")
    notebook.show("SentenceIndex", in: "Technique/SentenceIndex.swift", focus: "let query")
    notebook.showLearners(Self.cosineRetrieval)
    var reader = reader
    reader.retrieval = notebook.learners(Self.cosineRetrieval)
    let results = try notebook.step(
      "ask", "Ask \(experiment.questionCount) questions for each kind, length and method"
    ) {
      try Results(reader, experiment, notebook: notebook)
    }
    let longest = experiment.longest
    let chance = Chance.chance(
      experiment.task, length: longest, people: experiment.people(in: longest),
      seed: notebook.seed)
    try drawByLength(notebook, experiment, results, chance)
    try drawByKind(notebook, experiment, results, chance)
    tabulate(notebook, experiment, results, chance)
    claim(notebook, results, chance, length: experiment.longest)
    return results
  }

  private func drawByLength(
    _ notebook: Notebook, _ experiment: Experiment, _ results: Results, _ chance: Chance
  ) throws {
    func percent(_ method: Method) -> String {
      Quantity.percent.text(results.accuracy(method, .oneFact, experiment.longest), digits: 3)
    }
    try notebook.figure(
      "accuracy-by-length",
      LinePlot(
        title: "Questions for one fact, by the length of the story",
        x: .log("sentences in the story", base: 2),
        y: .linear("share of right answers", range: 0...1.05),
        series: Method.allCases.map { method in
          // Markers for all others, so that a curve on the line of the whole story is seen too.
          Series(
            method.name, x: results.lengths.map(Double.init),
            y: results.lengths.map { results.accuracy(method, .oneFact, $0) },
            style: method == .whole ? .line : .linePoints, of: method.concept)
        }, marks: [.horizontal(chance[.oneFact], "chance")]),
      caption: """
        At \(experiment.longest) sentences the model is right \(percent(.truncated)) of the time \
        with the truncated window and \(percent(.whole)) with the whole story. The chance level is \
        \(Quantity.percent.text(chance[.oneFact], digits: 3)).
        """)
  }

  private func drawByKind(
    _ notebook: Notebook, _ experiment: Experiment, _ results: Results, _ chance: Chance
  ) throws {
    let kinds = FactStory.QuestionKind.allCases
    func accuracy(_ method: Method, _ kind: FactStory.QuestionKind) -> Double {
      results.accuracy(method, kind, experiment.longest)
    }
    let others = Method.allCases.filter { $0 != .whole }.map { accuracy($0, .chain) }
    try notebook.figure(
      "accuracy-by-kind",
      BarPlot(
        title: "By kind of question, \(experiment.longest) sentences",
        y: .linear("share of right answers", range: 0...1.05), categories: kinds.map(\.rawValue),
        series: Method.allCases.map { method in
          BarPlot.Bars(
            method.name, values: kinds.map { accuracy(method, $0) }, of: method.concept)
        }, levels: [.init("chance", values: kinds.map { chance[$0] })]),
      caption: """
        Right answers to the chains of two: with the whole story \
        \(Quantity.percent.text(accuracy(.whole, .chain), digits: 3)), with any other method at \
        most \(Quantity.percent.text(others.max() ?? .nan, digits: 3)), by chance \
        \(Quantity.percent.text(chance[.chain], digits: 3)).
        """)
  }

  private func tabulate(
    _ notebook: Notebook, _ experiment: Experiment, _ results: Results, _ chance: Chance
  ) {
    func percent(_ share: Double) -> String { Quantity.percent.text(share, digits: 3) }
    notebook.table(
      "methods",
      columns: ["question", "method", "answer in the context", "right answers", "chance"],
      rows: FactStory.QuestionKind.allCases.flatMap { kind in
        Method.allCases.map { method in
          let score = results.score(method, kind, experiment.longest)
          return [
            kind.rawValue, method.name, percent(score.coverage), percent(score.accuracy),
            percent(chance[kind]),
          ]
        }
      },
      caption: """
        At \(experiment.longest) sentences: how often the context that a method shows contains the \
        answer, and how often the model was right.
        """)
    // At smoke scale nothing is learned, so nothing follows from the shares.
    guard notebook.scale > .smoke else { return }
    let count = results.score(.retrieval, .count, experiment.longest)
    let whole = results.accuracy(.whole, .count, experiment.longest)
    notebook.notice(
      "A context with all the facts is not enough",
      """
      The retrieved context contains the answer to \(percent(count.coverage)) of the counting \
      questions, but the model answers only \(percent(count.accuracy)) of them right. With the \
      whole story it answers \(percent(whole)) right. A possible reason: the model estimates a \
      count from the *share* of its attention that falls on the matching facts. It learned that on \
      stories with all the people. With a few retrieved sentences the share is different, and so \
      is its answer. We have not tested this explanation.
      """)
  }

  /// The claims on the stories of one length.
  package func claim(
    _ notebook: Notebook, _ results: Results, _ chance: Chance, length n: Int
  ) {
    claimOneFact(notebook, results, chance, n)
    claimWholeStory(notebook, results, n)
  }

  private func claimOneFact(
    _ notebook: Notebook, _ results: Results, _ chance: Chance, _ n: Int
  ) {
    // Seeds 1, 2 and 3: 100, 99.8 and 99.5 %; 0.53, 0.66 and 0.58 times the chance level,
    // because without the fact the model often names something that is not a value; 1.00 each.
    notebook.claim(
      "whole-one-fact", "Questions for one fact, whole story: share of right answers",
      results.accuracy(.whole, .oneFact, n), atLeast: 0.97, as: .percent)
    notebook.claim(
      "truncated-outside",
      "Questions for one fact that the truncated window lacks: share of right answers divided by "
        + "chance",
      results.accuracyWhenNotCovered(.truncated, .oneFact).map { $0 / chance[.oneFact] },
      atMost: 1.25, as: .times)
    notebook.claim(
      "retrieval-one-fact",
      "Questions for one fact: right answers with retrieval divided by those with whole story",
      results.accuracy(.retrieval, .oneFact, n) / results.accuracy(.whole, .oneFact, n),
      atLeast: 0.97, as: .times)
  }

  private func claimWholeStory(_ notebook: Notebook, _ results: Results, _ n: Int) {
    // Seeds 1, 2 and 3: 2.7, 2.3 and 2.3; 1.6, 1.4 and 1.4; 1.39, 1.30 and 1.30.
    notebook.claim(
      "whole-chain",
      "Chains of two: right answers with the whole story divided by those with retrieval",
      results.accuracy(.whole, .chain, n) / results.accuracy(.retrieval, .chain, n),
      atLeast: 1.5, as: .times)
    notebook.claim(
      "whole-count",
      "Counting questions: right answers with the whole story divided by those with retrieval",
      results.accuracy(.whole, .count, n) / results.accuracy(.retrieval, .count, n),
      atLeast: 1.2, as: .times)
    let others = Method.allCases.filter { $0 != .whole }.map { results.accuracy($0, n) }
    notebook.claim(
      "whole-over-best",
      "All questions: right answers with the whole story divided by those of the best other method",
      results.accuracy(.whole, n) / (others.max() ?? .nan), atLeast: 1.15, as: .times)
  }
}

extension Method {
  /// Its color in figures.
  fileprivate var concept: Concept {
    switch self {
    case .truncated: .truncatedText
    case .retrieval: .retrieval
    case .summary: .summary
    case .whole: .wholeText
    }
  }
}
