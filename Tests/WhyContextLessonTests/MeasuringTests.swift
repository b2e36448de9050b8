import CPUBackend
import Corpora
import LessonKit
import TensorCore
import TestSupport
import Testing
import WhyContextLesson

/// How this lesson counts right answers, on readers and results whose accuracy is known.
@Suite struct MeasuringTests {
  private let task = FactStory(nameCount: 6, valueCount: 4, fillerCount: 5)

  /// A reader that answers every question with one token.
  private func reader(answering answer: Int32) throws -> Reader {
    let logits = (0..<task.vocabularyCount).map { Int32($0) == answer ? Float(1) : 0 }
    return Reader(
      model: knownModel(
        [logits, logits], vocabularyCount: task.vocabularyCount,
        on: try CPUBackend(threadCount: 1)
      ) { _ in 0 }, task: task)
  }

  /// The answers of the exam, from the same stream of random numbers.
  private func answers(
    _ kind: FactStory.QuestionKind, length: Int, people: Int, count: Int
  ) -> [Int32?] {
    var generator = SeededGenerator(seed: 5, stream: "exam \(kind.rawValue) \(length)")
    return (0..<count).map { _ in
      let story = task.story(length: length, people: people, &generator)
      return task.answer(task.question(kind, about: story, &generator), from: story)
    }
  }

  /// More questions than a batch has, so that the last batch is a small one.
  @Test(arguments: FactStory.QuestionKind.allCases)
  func aReaderThatAlwaysSaysOneThing(kind: FactStory.QuestionKind) throws {
    let answers = answers(kind, length: 10, people: 6, count: 150)
    for answer in Set(answers.compactMap { $0 }) {
      let scores = try reader(answering: answer).scores(
        kind, length: 10, people: 6, budget: 4, count: 150, seed: 5)
      let right = answers.count { $0 == answer }
      for method in Method.allCases {
        #expect(scores[method].asked == 150 && scores[method].right == right, "\(method)")
        #expect(abs(scores[method].accuracy - Double(right) / 150) < 1e-12)
      }
      #expect(scores[.whole].covered == 150 && scores[.whole].rightAndCovered == right)
      #expect(scores[.whole].coverage == 1)
      // Retrieval finds the one fact that a question about one fact needs.
      if kind == .oneFact { #expect(scores[.retrieval].covered == 150) }
      if kind != .count { #expect(scores[.truncated].covered < 150) }
      #expect(
        scores[.truncated].rightAndCovered
          <= min(scores[.truncated].right, scores[.truncated].covered))
    }
  }

  @Test func resultsByMethodKindAndLength() {
    let results = Results(lengths: [8, 16]) { method, kind, length in
      switch (method, kind) {
      case (.whole, .oneFact): Score(asked: 10, right: length == 8 ? 9 : 7, covered: 10)
      case (.whole, .chain): Score(asked: 10, right: 4, covered: 10)
      case (.whole, .count): Score(asked: 10, right: 1, covered: 10)
      case (.truncated, _): Score(asked: 10, right: 5, covered: 6, rightAndCovered: 4)
      default: Score(asked: 10)
      }
    }
    #expect(results.accuracy(.whole, .oneFact, 8) == 0.9)
    #expect(results.accuracy(.whole, .oneFact, 16) == 0.7)
    #expect(abs(results.accuracy(.whole, 16) - 0.4) < 1e-12)
    // Of eight questions whose context lacks the answer, two were answered.
    #expect(results.accuracyWhenNotCovered(.truncated, .chain) == 0.25)
    #expect(results.accuracyWhenNotCovered(.whole, .chain) == nil)
  }

  /// Two people, each with one of two values: the count of a value is 0, 1 or 2 with probability
  /// 1/4, 1/2, 1/4; a value is right with probability 1/2.
  @Test func chanceLevel() {
    let small = FactStory(nameCount: 2, valueCount: 2, fillerCount: 3)
    let chance = Keyed.chance(small, length: 6, people: 2, seed: 1)
    // Five standard deviations of 4,000 tries.
    for kind in FactStory.QuestionKind.allCases {
      #expect(abs(chance[kind] - 0.5) < 0.04, "\(kind): \(chance[kind])")
    }
  }
}

/// The claims of this lesson need trained readers, so at smoke scale none of them is checked. Here
/// they are made from results that are known.
@Suite struct ClaimTests {
  @Test func valuesOfKnownResults() throws {
    let claims = try runRecord(of: MadeUpResults.self, scale: .standard).claims
    let expected: [(id: String, value: Double, bound: String, holds: Bool)] = [
      ("whole-one-fact", 0.96, "at least 97 %", false),
      ("truncated-outside", 0.5, "at most 1.25 ×", true),
      ("retrieval-one-fact", 0.75, "at least 0.97 ×", false),
      ("whole-chain", 4, "at least 1.5 ×", true),
      ("whole-count", 1.5, "at least 1.2 ×", true),
      ("whole-over-best", (0.96 + 0.8 + 0.6) / (0.72 + 0.2 + 0.4), "at least 1.15 ×", true),
      ("rule-gain", 0.5, "at least 30 %", true),
      ("rule-best", 0.75, "at least 0.8 ×", false),
    ]
    #expect(claims.map(\.id) == expected.map(\.id))
    for (claim, wanted) in zip(claims, expected) {
      #expect(abs((claim.value ?? .nan) - wanted.value) < 1e-12, "\(claim)")
      #expect(claim.bound.text(as: claim.quantity) == wanted.bound, "\(claim.id)")
      #expect(claim.holds == wanted.holds, "\(claim.id)")
    }
  }

  @Test func theLessonMakesAllOfThem() throws {
    let made = try runRecord(of: WhyContextLesson.self).claims
    let known = try runRecord(of: MadeUpResults.self).claims
    #expect(made.map(\.id) == known.map(\.id))
    #expect(made.map(\.bound) == known.map(\.bound) && made.map(\.text) == known.map(\.text))
    #expect(made.allSatisfy { $0.minimumScale == .standard })
  }
}

/// Runs only the claims of the lesson. Stories of 8 sentences have other results, which no claim
/// takes.
private struct MadeUpResults: Lesson {
  static let card = WhyContextLesson.card

  func teach(_ notebook: Notebook) throws {
    let lesson = WhyContextLesson()
    let results = Results(lengths: [8, 64]) { method, kind, length in
      guard length == 64 else { return Score(asked: 100, covered: 100) }
      return switch (method, kind) {
      case (.whole, .oneFact): score(96)
      case (.whole, .chain): score(80)
      case (.whole, .count): score(60)
      case (.retrieval, .oneFact): score(72)
      case (.retrieval, .chain): score(20)
      case (.retrieval, .count): score(40)
      // Of 80 questions that it cannot answer, a tenth is right.
      case (.truncated, _): Score(asked: 100, right: 28, covered: 20, rightAndCovered: 20)
      case (.summary, _): score(30)
      }
    }
    lesson.claim(notebook, results, Keyed { $0 == .oneFact ? 0.2 : .nan }, length: 64)
    lesson.claim(
      notebook,
      .init(model: [0.1, 0.2, 0.6], bestPossible: [0.5, 0.6, 0.8]))
  }

  private func score(_ right: Int) -> Score {
    Score(asked: 100, right: right, covered: 100, rightAndCovered: right)
  }
}
