import Corpora
import TensorCore
import Testing
import WhyContextLesson

@Suite struct MethodTests {
  private let task = FactStory(nameCount: 8, valueCount: 4, fillerCount: 32)
  private let vectors = WordVectors()

  private func story(_ length: Int, seed: UInt64 = 1) -> [FactStory.Sentence] {
    var generator = SeededGenerator(seed: seed, stream: "story")
    return task.story(length: length, people: 8, &generator)
  }

  @Test func retrievingEverySentenceGivesTheWholeStory() throws {
    let story = story(40)
    for question in [FactStory.Question.value(of: 3), .valueOfFriend(of: 1), .count(of: 2)] {
      #expect(try SentenceIndex(story, vectors).nearest(40, to: question) == story)
    }
  }

  @Test func retrievingMoreThanTheStoreHasIsAnError() {
    let story = story(16)
    #expect(throws: StoreTooSmall.self) {
      try SentenceIndex(story, vectors).nearest(17, to: .value(of: 0))
    }
    do {
      _ = try SentenceIndex(story, vectors).nearest(17, to: .value(of: 0))
    } catch {
      #expect("\(error)".contains("nearest 17 of 16 sentences"))
    }
  }

  @Test(arguments: 0..<8)
  func theNearestSentencesContainTheFact(name: Int) throws {
    for seed in UInt64(1)...5 {
      let story = story(64, seed: seed)
      let found = try SentenceIndex(story, vectors).nearest(4, to: .value(of: name))
      #expect(
        task.answer(.value(of: name), from: found) == task.answer(.value(of: name), from: story))
    }
  }

  @Test func everyMethodKeepsItsBudgetAndTheOrderOfTheStory() throws {
    var generator = SeededGenerator(seed: 1)
    let story = story(64)
    for method in Method.allCases {
      let context = try method.context(
        of: story, for: .value(of: 2), budget: 5, vectors, &generator)
      #expect(context.count == (method == .whole ? 64 : 5))
      var rest = story[...]
      for sentence in context {
        guard let place = rest.firstIndex(of: sentence) else {
          Issue.record("\(method.name) is out of order")
          break
        }
        rest = rest[(place + 1)...]
      }
    }
  }

  @Test func aShortStoryIsReadWhole() throws {
    var generator = SeededGenerator(seed: 1)
    let story = story(12)
    for method in Method.allCases {
      #expect(
        try method.context(of: story, for: .count(of: 0), budget: 12, vectors, &generator) == story)
    }
  }

  @Test func aSummaryHasNoFillerIfThereAreEnoughFacts() throws {
    var generator = SeededGenerator(seed: 1)
    let context = try Method.summary.context(
      of: story(64), for: .count(of: 0), budget: 10, vectors, &generator)
    #expect(!context.contains { if case .filler = $0 { true } else { false } })
  }
}
