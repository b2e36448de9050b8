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

  /// The questions of the exam, from the same stream of random numbers.
  private func exam(
    _ kind: FactStory.QuestionKind, length: Int, people: Int, count: Int
  ) -> [(story: [FactStory.Sentence], question: FactStory.Question)] {
    var generator = SeededGenerator(seed: 5, stream: "exam \(kind.rawValue) \(length)")
    return (0..<count).map { _ in
      let story = task.story(length: length, people: people, &generator)
      return (story, task.question(kind, about: story, &generator))
    }
  }

  /// More questions than a batch has, so that the last batch is a small one.
  @Test(arguments: FactStory.QuestionKind.allCases)
  func aReaderThatAlwaysSaysOneThing(kind: FactStory.QuestionKind) throws {
    let exam = exam(kind, length: 10, people: 6, count: 150)
    let answers = exam.map { task.answer($0.question, from: $0.story) }
    for answer in Set(answers.compactMap { $0 }) {
      let scores = try reader(answering: answer).scores(
        kind, length: 10, people: 6, budget: 4, count: 150, seed: 5)
      let right = answers.count { $0 == answer }
      for method in Method.allCases {
        #expect(scores[method].asked == 150 && scores[method].right == right, "\(method)")
        #expect(abs(scores[method].accuracy - Double(right) / 150) < 1e-12)
      }
      #expect(scores[.whole].covered == 150 && scores[.whole].guessed == 0)
      #expect(scores[.whole].coverage == 1)
      // Retrieval finds the one fact that a question about one fact needs.
      if kind == .oneFact { #expect(scores[.retrieval].covered == 150) }
      #expect(scores[.truncated].covered < 150)
      // Four facts of six never tell that no other person has a value.
      if kind == .count { #expect(scores[.ruleSummary].covered == 0) }
    }
  }

  /// The model's best class is a name, which answers no question for a value: the answer is the best
  /// of the values.
  @Test func answersAreChosenAmongTheRightKind() throws {
    let scores: [Int: Float] = [12: 9, 2: 1, 6: 2]
    let logits = (0..<task.vocabularyCount).map { scores[$0] ?? 0 }
    let reader = Reader(
      model: knownModel(
        [logits, logits], vocabularyCount: task.vocabularyCount,
        on: try CPUBackend(threadCount: 1)
      ) { _ in 0 }, task: task)
    let exam = exam(.oneFact, length: 10, people: 6, count: 60)
    let found = try reader.scores(.oneFact, length: 10, people: 6, budget: 4, count: 60, seed: 5)
    #expect(
      found[.whole].right == exam.count { task.answer($0.question, from: $0.story) == 2 })
    #expect(found[.whole].right > 0)
    let counts = self.exam(.count, length: 10, people: 6, count: 60)
    #expect(
      try reader.scores(.count, length: 10, people: 6, budget: 4, count: 60, seed: 5)[.whole].right
        == counts.count { task.answer($0.question, from: $0.story) == 6 })
  }

  @Test func resultsByMethodKindAndLength() {
    let results = Results(lengths: [8, 16]) { method, kind, length in
      switch (method, kind) {
      case (.whole, .oneFact):
        [Score(asked: 10, right: length == 8 ? 9 : 7, covered: 10), Score(asked: 10, right: 5)]
      default: [Score(asked: 10), Score(asked: 10)]
      }
    }
    #expect(results.accuracies(.whole, .oneFact, 8) == [0.9, 0.5])
    #expect(abs(results.accuracy(.whole, .oneFact, 8) - 0.7) < 1e-12)
    #expect(abs(results.accuracy(.whole, .oneFact, 16) - 0.6) < 1e-12)
  }

  /// Formula (1), by hand: 6 of 64 contexts have the answer, and of the others 10 are guessed.
  @Test func expectedAccuracy() {
    #expect(Score(asked: 64, covered: 6, guessed: 10).expected == 0.25)
    #expect(Score(asked: 10, covered: 10).expected == 1)
    #expect(Score().expected.isNaN)
    #expect(expected(0.25, chance: 0.2) == 0.4)
    #expect(expected(1, chance: 0.2) == 1 && expected(0, chance: 0.2) == 0.2)
  }

  @Test func theBestGuessFromAContext() {
    let context: [FactStory.Sentence] = [
      .fact(name: 0, value: 2), .filler(1), .fact(name: 1, value: 3), .fact(name: 2, value: 3),
      .link(from: 0, to: 5),
    ]
    #expect(task.bestGuess(.value(of: 4), from: context) == 3)
    #expect(task.bestGuess(.valueOfFriend(of: 0), from: context) == 3)
    // Of several the smallest, and without facts the smallest of all.
    #expect(task.bestGuess(.value(of: 4), from: Array(context.prefix(3))) == 2)
    #expect(task.bestGuess(.value(of: 4), from: []) == 0)
    // Two of three facts say 3; of three people that are not seen, most likely one more does. The
    // class of a count follows the four values.
    #expect(task.bestGuess(.count(of: 3), from: context) == Int32(4 + 2 + 1))
    #expect(task.bestGuess(.count(of: 0), from: context) == Int32(4 + 0 + 1))
    let all = (0..<6).map { FactStory.Sentence.fact(name: $0, value: 1) }
    #expect(task.bestGuess(.count(of: 1), from: all) == Int32(4 + 6))
  }

  /// Two chains lead to 3, which most facts state, and one to 1.
  @Test func chainsThatTheMostFrequentValueAnswers() {
    let story: [FactStory.Sentence] = [
      .fact(name: 0, value: 3), .fact(name: 1, value: 3), .fact(name: 2, value: 1),
      .link(from: 0, to: 1), .link(from: 1, to: 0), .link(from: 3, to: 2), .filler(0),
    ]
    let score = task.chainsByMostFrequentValue(story)
    #expect(score.asked == 3 && score.right == 2)
    #expect(task.chainsByMostFrequentValue([.filler(0)]).asked == 0)
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
