import Corpora
import Foundation
import TensorCore

/// A vector store: finds the sentences most similar to a question.
///
/// The embedding of a sentence is the sum of the vectors of its words, each weighted by how rare
/// the word is in the store (inverse document frequency), scaled to length 1. The search is exact:
/// a store of hundreds of sentences needs no approximate index.
package struct SentenceIndex {
  /// The places of the nearest vectors of a store, ascending.
  package typealias Search = (RetrievalCall) throws -> [Int]

  package let sentences: [FactStory.Sentence]
  let embeddings: [[Float]]
  private let weights: [Word: Float]
  private let vectors: WordVectors
  private let search: Search

  /// `search` replaces the exact search.
  /// - Complexity: O(sentences · dim) time and memory.
  package init(
    _ sentences: [FactStory.Sentence], _ vectors: WordVectors, search: Search? = nil
  ) {
    var documents: [Word: Int] = [:]
    for sentence in sentences {
      for word in Set(Word.all(in: sentence)) { documents[word, default: 0] += 1 }
    }
    self.sentences = sentences
    self.vectors = vectors
    let weights = documents.mapValues { log(1 + Float(sentences.count) / Float($0)) }
    self.weights = weights
    self.search = search ?? Self.exact
    embeddings = sentences.map { vectors.embedding(Word.all(in: $0), weights) }
  }

  /// The `count` sentences with the highest cosine similarity to the question, in the order of the
  /// story.
  ///
  /// - Complexity: O(sentences · dim).
  /// - Throws: `StoreTooSmall` if the store has fewer sentences.
  package func nearest(
    _ count: Int, to question: FactStory.Question
  ) throws -> [FactStory.Sentence] {
    try places(count, to: Word.all(in: question), among: Array(sentences.indices))
      .map { sentences[$0] }
  }

  /// Two searches, for half of the `count` sentences each, in the order of the story: first for the
  /// question, then for the words that the best sentence found has and the question has not.
  ///
  /// - Complexity: O(sentences · dim).
  /// - Throws: `StoreTooSmall` if the store has fewer sentences.
  package func nearestInTwoRounds(
    _ count: Int, to question: FactStory.Question
  ) throws -> [FactStory.Sentence] {
    // lesson: begin rounds
    let asked = Word.all(in: question)
    let first = try places(count - count / 2, to: asked, among: Array(sentences.indices))
    let best = try places(1, to: asked, among: first)[0]
    let new = Word.all(in: sentences[best]).filter { !asked.contains($0) }
    let others = sentences.indices.filter { !first.contains($0) }
    let second = try places(count / 2, to: [.is] + new, among: others)
    return (first + second).sorted().map { sentences[$0] }
    // lesson: end rounds
  }

  /// The places of the sentences nearest to some words, ascending, of those at `candidates`.
  private func places(
    _ count: Int, to words: [Word], among candidates: [Int]
  ) throws -> [Int] {
    guard count <= candidates.count else {
      throw StoreTooSmall(requested: count, available: candidates.count)
    }
    let call = RetrievalCall(
      count: count, store: candidates.map { embeddings[$0] },
      question: vectors.embedding(words, weights))
    return try search(call).map { candidates[$0] }
  }

  // lesson: begin exact
  private static func exact(_ call: RetrievalCall) -> [Int] {
    // All vectors have length 1, so the dot product is the cosine.
    let similarity = call.store.map { zip($0, call.question).reduce(Float(0)) { $0 + $1.0 * $1.1 } }
    let ranked = call.store.indices.sorted { similarity[$0] > similarity[$1] }
    return ranked.prefix(call.count).sorted()
  }
  // lesson: end exact
}

/// More sentences were requested than the store has.
package struct StoreTooSmall: Error, Equatable, CustomStringConvertible {
  package let requested: Int
  package let available: Int

  package var description: String {
    "Retrieval cannot return the nearest \(requested) of \(available) sentences. Request "
      + "\(available) or fewer."
  }
}

/// A word of a sentence or of a question. The name of its case selects the random stream of its
/// vector, so a renamed case gets another vector.
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

/// A fixed random vector per word: 256 values of 1 or −1, so that two words are nearly orthogonal.
package final class WordVectors {
  static let dim = 256
  private var known: [Word: [Float]] = [:]

  package init() {}

  /// The weighted sum of the words' vectors, scaled to length 1, `[dim]`.
  func embedding(_ words: [Word], _ weights: [Word: Float]) -> [Float] {
    var sum = [Float](repeating: 0, count: Self.dim)
    for word in words {
      let (weight, vector) = (weights[word] ?? 0, vector(of: word))
      for index in sum.indices { sum[index] += weight * vector[index] }
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
