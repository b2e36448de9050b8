import Corpora
import Foundation
import TensorCore

/// A store of sentences that finds the ones nearest to a question: retrieval, as a vector store does.
///
/// A sentence's embedding is the sum of its words' vectors, each weighted by how rare the word is in
/// the store (inverse document frequency), scaled to length 1. The search is exact: a store of
/// hundreds needs no approximate index.
package struct SentenceIndex {
  private let sentences: [FactStory.Sentence]
  private let embeddings: [[Float]]
  private let weights: [Word: Float]
  private let vectors: WordVectors

  /// - Complexity: O(sentences · dim) time and memory.
  package init(_ sentences: [FactStory.Sentence], _ vectors: WordVectors) {
    var documents: [Word: Int] = [:]
    for sentence in sentences {
      for word in Set(Word.all(in: sentence)) { documents[word, default: 0] += 1 }
    }
    self.sentences = sentences
    self.vectors = vectors
    let weights = documents.mapValues { log(1 + Float(sentences.count) / Float($0)) }
    self.weights = weights
    embeddings = sentences.map { vectors.embedding(Word.all(in: $0), weights) }
  }

  /// The `count` sentences nearest to the question by the cosine, in the order of the story.
  ///
  /// - Complexity: O(sentences · dim).
  /// - Throws: `StoreTooSmall` where the store holds fewer.
  package func nearest(
    _ count: Int, to question: FactStory.Question
  ) throws(StoreTooSmall) -> [FactStory.Sentence] {
    guard count <= sentences.count else {
      throw StoreTooSmall(asked: count, held: sentences.count)
    }
    let wanted = vectors.embedding(Word.all(in: question), weights)
    let likeness = embeddings.map { zip($0, wanted).reduce(Float(0)) { $0 + $1.0 * $1.1 } }
    let ranked = sentences.indices.sorted { likeness[$0] > likeness[$1] }
    return ranked.prefix(count).sorted().map { sentences[$0] }
  }
}

/// More sentences were asked for than the store holds.
package struct StoreTooSmall: Error, Equatable, CustomStringConvertible {
  package let asked: Int
  package let held: Int

  package var description: String {
    "Retrieval was asked for the nearest \(asked) of \(held) sentences; ask for \(held) or fewer."
  }
}

/// What sentences and questions are made of.
enum Word: Hashable {
  case name(Int), value(Int), filler(Int)
  case `is`, friend

  static func all(in sentence: FactStory.Sentence) -> [Word] {
    switch sentence {
    case .fact(let name, let value): [.name(name), .is, .value(value)]
    case .link(let from, let to): [.name(from), .friend, .is, .name(to)]
    case .filler(let number): [.filler(number)]
    }
  }

  static func all(in question: FactStory.Question) -> [Word] {
    switch question {
    case .value(let name): [.is, .name(name)]
    case .friend(let name): [.is, .name(name), .friend]
    case .valueOfFriend(let name): [.is, .name(name), .friend]
    case .count(let value): [.is, .value(value)]
    }
  }
}

/// A fixed random vector for each word: of 256 signs, so that two words are nearly orthogonal.
package final class WordVectors {
  private static let dim = 256
  package init() {}

  private var known: [Word: [Float]] = [:]

  func embedding(_ words: [Word], _ weights: [Word: Float]) -> [Float] {
    var sum = [Float](repeating: 0, count: Self.dim)
    for word in words {
      let (weight, vector) = (weights[word] ?? 0, vector(of: word))
      for place in sum.indices { sum[place] += weight * vector[place] }
    }
    let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 0 ? sum.map { $0 / length } : sum
  }

  private func vector(of word: Word) -> [Float] {
    if let vector = known[word] { return vector }
    var generator = SeededGenerator(seed: 0, stream: "word \(word)")
    let vector = (0..<Self.dim).map { _ -> Float in generator.uniform() < 0.5 ? -1 : 1 }
    known[word] = vector
    return vector
  }
}
