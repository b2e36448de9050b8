import Corpora
import LessonKit

/// The claims on what methods cover and what readers answer.
extension WhyContextLesson {
  /// Coverage depends on stories and methods only, so it is claimed at every scale.
  package func claimCoverage(_ notebook: Notebook, _ results: Results, length n: Int) {
    notebook.claim(
      "retrieval-coverage",
      "Retrieval shows the needed fact for {} of the questions for one fact",
      results.score(.retrieval, .oneFact, n).coverage, atLeast: 0.99, from: .smoke, as: .percent)
    notebook.claim(
      "rule-chain-coverage", "The summary by rule shows both sentences of {} of the chains",
      results.score(.ruleSummary, .chain, n).coverage, equals: 0, from: .smoke, as: .percent)
    notebook.claim(
      "rounds-coverage",
      "Two rounds of retrieval show both sentences of a chain more often than one, by {}",
      results.score(.twoRounds, .chain, n).coverage
        - results.score(.retrieval, .chain, n).coverage, atLeast: 0.5, from: .smoke, as: .percent)
  }

  /// The claims on the stories of one length.
  package func claim(_ notebook: Notebook, _ results: Results, length n: Int) {
    func right(_ method: Method, _ kind: FactStory.QuestionKind) -> [Double] {
      results.accuracies(method, kind, n)
    }
    /// Of each seed, how many more right answers.
    func gap(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }
    func overExpected(_ method: Method, _ kind: FactStory.QuestionKind) -> [Double] {
      results.scores(method, kind, n).map { $0.accuracy - $0.expected }
    }
    notebook.claim(
      "whole-one-fact", "With the whole story, {} of the questions for one fact are answered",
      right(.whole, .oneFact), as: .wholeOneFact, .percent)
    notebook.claim(
      "truncated-expected",
      "With the truncated window, right answers to questions for one fact differ from the expected "
        + "share by {}", overExpected(.truncated, .oneFact), as: .truncatedExpected, .percent)
    notebook.claim(
      "rule-expected",
      "With the summary by rule, right answers to questions for one fact differ from the expected "
        + "share by {}", overExpected(.ruleSummary, .oneFact), as: .ruleExpected, .percent)
    notebook.claim(
      "whole-chain", "With the whole story, {} of the chains are answered",
      right(.whole, .chain), as: .wholeChain, .percent)
    notebook.claim(
      "second-round", "A second round of retrieval answers {} more of the chains",
      gap(right(.twoRounds, .chain), right(.retrieval, .chain)), as: .secondRound, .percent)
    notebook.claim(
      "whole-over-rounds",
      "Chains: right answers with the whole story minus those with two rounds of retrieval: {}",
      gap(right(.whole, .chain), right(.twoRounds, .chain)), as: .wholeOverRounds,
      .percent)
    notebook.claim(
      "whole-over-retrieval-count",
      "Counts: right answers with the whole story minus those with retrieval: {}",
      gap(right(.whole, .count), right(.retrieval, .count)), as: .wholeOverRetrievalCount,
      .percent)
    let kinds = FactStory.QuestionKind.allCases
    notebook.claim(
      "whole-over-best",
      "Over the three kinds of question, the whole story is right in {} more than the best "
        + "work-around",
      right(.whole, .oneFact).indices.map { seed in
        let means = Keyed<Method, Double> { method in
          mean(kinds.map { right(method, $0)[seed] })
        }
        return means[.whole] - (Method.workArounds.map { means[$0] }.max() ?? .nan)
      }, as: .wholeOverBest, .percent)
    notebook.claim(
      "rounds-count", "A second round of retrieval answers {} fewer of the counts",
      gap(right(.retrieval, .count), right(.twoRounds, .count)), as: .roundsCount, .percent)
  }

  /// The claims on the models that were trained on a story.
  package func claim(
    _ notebook: Notebook, fineTuned: [WeightsCurve], own: [WeightsCurve]
  ) {
    /// Chains that are right when all facts and links are known, minus those that the story's most
    /// frequent value answers.
    func chains(_ curves: [WeightsCurve]) -> [Double] {
      curves.map { $0.accuracyWhenLearned(.chain) - $0.mostFrequentValue.accuracy }
    }
    notebook.claim(
      "tuning-steps", "Fine-tuning knows every fact and link of a story after {} steps",
      fineTuned.map { mean($0.learnedAfter) }, as: .tuningSteps, .plain)
    notebook.claim(
      "tuned-chain",
      "Then it answers chains without context; right answers minus those of the story's most "
        + "frequent value: {}", chains(fineTuned), as: .tunedChain, .percent)
    notebook.claim(
      "tuning-forgets",
      "Until then, right answers about other stories, in the context, fall by {}",
      fineTuned.map { ($0.others.first ?? .nan) - ($0.whenLearned?.others.accuracy ?? .nan) },
      as: .tuningForgets, .percent)
    notebook.claim(
      "own-steps", "A small model of its own knows every fact and link of its story after {} steps",
      own.map { mean($0.learnedAfter) }, as: .ownSteps, .plain)
    notebook.claim(
      "own-chain",
      "The small model's right answers to chains minus those of the story's most frequent value: {}",
      chains(own), as: .ownChain, .percent)
  }

  package func claim(_ notebook: Notebook, _ accuracies: [RuleAccuracy]) {
    notebook.claim(
      "rule-gain",
      "Hidden rule: right answers after the last example are {} more than after the first",
      accuracies.map { ($0.model.last ?? .nan) - ($0.model.first ?? .nan) }, as: .ruleGain,
      .percent)
    notebook.claim(
      "rule-best",
      "Hidden rule: right answers after the last example are {} the best possible",
      accuracies.map { ($0.model.last ?? .nan) / ($0.bestPossible.last ?? .nan) },
      as: .ruleBest)
  }
}
