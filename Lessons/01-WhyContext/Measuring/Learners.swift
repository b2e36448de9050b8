import Corpora
import LessonKit

/// The exercises whose functions this lesson can call in place of its own.
extension WhyContextLesson {
  public static var runsWith: [String] { [cosineRetrieval.exercise] }

  static let cosineRetrieval = LearnerFunction<RetrievalCall, [Int]>("cosine-retrieval")
}

/// A store of embeddings and a question. The answer has the places of the nearest ones, ascending.
package struct RetrievalCall: Encodable {
  package let count: Int
  package let store: [[Float]]
  package let question: [Float]
}

extension LearnersCode where Call == RetrievalCall, Answer == [Int] {
  /// The learner's function as the search of retrieval.
  var search: SentenceIndex.Search {
    { call in
      try self(call) { $0.count == call.count && $0.allSatisfy(call.store.indices.contains) }
    }
  }
}
