import Corpora
import TensorCore

/// A way to get along with a window of `budget` sentences, or without such a limit.
package enum Method: String, CaseIterable, Codable {
  /// The story's last sentences.
  case cut = "cut window"
  /// The sentences nearest to the question.
  case retrieval = "retrieval"
  /// Facts and links only, chosen before the question is known: the best that a summary of this
  /// size can be which copies what it keeps.
  case summary = "summary"
  /// All of it.
  case whole = "whole story"

  /// What the model gets to read before the question, in the order of the story.
  ///
  /// A story no longer than the budget is read whole by every method.
  package func context(
    of story: [FactStory.Sentence], for question: FactStory.Question, budget: Int,
    _ vectors: WordVectors, _ generator: inout SeededGenerator
  ) throws -> [FactStory.Sentence] {
    guard story.count > budget else { return story }
    switch self {
    case .whole: return story
    case .cut: return Array(story.suffix(budget))
    case .retrieval: return try SentenceIndex(story, vectors).nearest(budget, to: question)
    case .summary: return Self.summary(of: story, budget: budget, &generator)
    }
  }

  /// `budget` of the sentences that say something, drawn at random; filler only if too few do.
  static func summary(
    of story: [FactStory.Sentence], budget: Int, _ generator: inout SeededGenerator
  ) -> [FactStory.Sentence] {
    let toss = generator.permutation(story.count)
    func saysNothing(_ place: Int) -> Bool {
      if case .filler = story[place] { true } else { false }
    }
    let ranked = toss.filter { !saysNothing($0) } + toss.filter(saysNothing)
    return ranked.prefix(budget).sorted().map { story[$0] }
  }
}
