import Corpora
import TensorCore

/// What the model sees of a story when it gets a question.
package enum Method: String, CaseIterable, Codable {
  /// The last sentences of the story.
  case truncated
  /// The sentences most similar to the question.
  case retrieval
  /// Random facts and links, chosen before the question is known. A summary of this size that only
  /// copies sentences cannot do better.
  case summary
  /// The whole story.
  case whole

  /// The name in legends and tables.
  package var name: String {
    switch self {
    case .truncated: "truncated window"
    case .retrieval: "retrieval"
    case .summary: "summary"
    case .whole: "whole story"
    }
  }

  /// The sentences that the model reads before the question, in the order of the story.
  ///
  /// `budget` is the number of sentences that a method may show. If the story is not longer than
  /// that, every method returns the whole story.
  /// - Throws: `StoreTooSmall`, which cannot happen for a story longer than the budget.
  package func context(
    of story: [FactStory.Sentence], for question: FactStory.Question, budget: Int,
    _ vectors: WordVectors, _ generator: inout SeededGenerator
  ) throws -> [FactStory.Sentence] {
    guard story.count > budget else { return story }
    switch self {
    case .whole: return story
    case .truncated: return Array(story.suffix(budget))
    case .retrieval: return try SentenceIndex(story, vectors).nearest(budget, to: question)
    case .summary: return Self.summary(of: story, budget: budget, &generator)
    }
  }

  /// `budget` facts and links, drawn at random; filler only if there are not enough of them.
  private static func summary(
    of story: [FactStory.Sentence], budget: Int, _ generator: inout SeededGenerator
  ) -> [FactStory.Sentence] {
    let shuffled = generator.permutation(story.count)
    func isFiller(_ index: Int) -> Bool {
      if case .filler = story[index] { true } else { false }
    }
    let ranked = shuffled.filter { !isFiller($0) } + shuffled.filter(isFiller)
    return ranked.prefix(budget).sorted().map { story[$0] }
  }
}
