import Corpora
import TensorCore

/// What the model sees of a story when it gets a question.
package enum Method: String, CaseIterable, Codable {
  /// The last sentences of the story.
  case truncated
  /// Sentences drawn at random, before the question is known.
  case randomSummary
  /// Facts first, then links, and filler only if there is room: a rule that knows what states
  /// something, but not what will be asked.
  case ruleSummary
  /// The sentences most similar to the question.
  case retrieval
  /// Half of the sentences by the question, the other half by what the best of them names.
  case twoRounds
  /// The whole story.
  case whole

  /// The name in legends and tables.
  package var name: String {
    switch self {
    case .truncated: "truncated window"
    case .randomSummary: "random summary"
    case .ruleSummary: "summary by rule"
    case .retrieval: "retrieval"
    case .twoRounds: "retrieval, two rounds"
    case .whole: "whole story"
    }
  }

  /// The methods that leave something out.
  static let workArounds = allCases.filter { $0 != .whole }

  /// Whether the question decides what the model sees.
  var knowsQuestion: Bool { self == .retrieval || self == .twoRounds }

  /// The sentences that the model reads before the question, in the order of the story.
  ///
  /// `budget` is the number of sentences that a method may show. If the story is not longer than
  /// that, every method returns the whole story. `search` replaces the exact search of retrieval.
  /// - Throws: `StoreTooSmall`, which cannot happen for a story longer than the budget, and the
  ///   errors of `search`.
  package func context(
    of story: [FactStory.Sentence], for question: FactStory.Question, budget: Int,
    _ vectors: WordVectors, _ generator: inout SeededGenerator, search: SentenceIndex.Search? = nil
  ) throws -> [FactStory.Sentence] {
    guard story.count > budget else { return story }
    func index() -> SentenceIndex { SentenceIndex(story, vectors, search: search) }
    switch self {
    case .whole: return story
    // lesson: begin shortened
    case .truncated: return Array(story.suffix(budget))
    case .randomSummary: return summary(of: story, budget, &generator) { _ in 0 }
    case .ruleSummary: return summary(of: story, budget, &generator) { $0.rank }
    case .retrieval: return try index().nearest(budget, to: question)
    case .twoRounds: return try index().nearestInTwoRounds(budget, to: question)
    // lesson: end shortened
    }
  }

  /// `budget` sentences of the lowest ranks; among equal ranks, drawn at random.
  private func summary(
    of story: [FactStory.Sentence], _ budget: Int, _ generator: inout SeededGenerator,
    rank: (FactStory.Sentence) -> Int
  ) -> [FactStory.Sentence] {
    let shuffled = generator.permutation(story.count)
    let ranked = (0...2).flatMap { wanted in shuffled.filter { rank(story[$0]) == wanted } }
    return ranked.prefix(budget).sorted().map { story[$0] }
  }
}

extension FactStory.Sentence {
  /// The order in which the summary by rule keeps sentences.
  fileprivate var rank: Int {
    switch self {
    case .fact: 0
    case .link: 1
    case .filler: 2
    }
  }
}
