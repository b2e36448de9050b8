import Corpora
import LessonKit

/// The exercises whose functions this lesson can call in place of its own.
extension WhyContextLesson {
  public static var runsWith: [String] { [cosineRetrieval.exercise] }

  static let cosineRetrieval = LearnerFunction<RetrievalCall, [Int]>("cosine-retrieval")
}

/// A store of embeddings and a question. The answer has the places of the nearest ones, ascending.
package struct RetrievalCall: Encodable {
  let count: Int
  let store: [[Float]]
  let question: [Float]
}

extension SentenceIndex {
  /// As `nearest(_:to:)`, found by the learner's function.
  func nearest(
    _ count: Int, to question: FactStory.Question, by learners: LearnersCode<RetrievalCall, [Int]>
  ) throws -> [FactStory.Sentence] {
    let call = RetrievalCall(count: count, store: embeddings, question: embedding(of: question))
    return try learners(call) { found in
      found.count == count && found.allSatisfy(sentences.indices.contains)
    }.map { sentences[$0] }
  }
}
