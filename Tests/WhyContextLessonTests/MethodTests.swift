import Corpora
import SmallTransformer
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

  /// Two people, one link, and filler: the link shares "A", "is" and "friend" with the question, the
  /// friend's fact shares nothing but "is".
  @Test func theSecondRoundFollowsTheLink() throws {
    let fact = FactStory.Sentence.fact(name: 1, value: 2)
    let story: [FactStory.Sentence] =
      [fact] + (0..<20).map { .filler($0) } + [
        .link(from: 0, to: 1), .fact(name: 0, value: 3), .fact(name: 2, value: 3),
        .fact(name: 3, value: 0), .fact(name: 4, value: 1),
      ]
    let index = SentenceIndex(story, vectors)
    let once = try index.nearest(2, to: .valueOfFriend(of: 0))
    #expect(once == [.link(from: 0, to: 1), .fact(name: 0, value: 3)])
    let twice = try index.nearestInTwoRounds(2, to: .valueOfFriend(of: 0))
    #expect(twice == [fact, .link(from: 0, to: 1)])
    #expect(task.answer(.valueOfFriend(of: 0), from: twice) == 2)
  }

  @Test func theRuleKeepsFactsThenLinksThenFiller() throws {
    let story: [FactStory.Sentence] = [
      .filler(0), .link(from: 0, to: 1), .fact(name: 0, value: 1), .filler(1),
      .fact(name: 1, value: 2), .filler(2), .filler(3),
    ]
    for seed in UInt64(1)...10 {
      var generator = SeededGenerator(seed: seed)
      func kept(_ budget: Int) throws -> [FactStory.Sentence] {
        try Method.ruleSummary.context(
          of: story, for: .count(of: 0), budget: budget, vectors, &generator)
      }
      #expect(try kept(2) == [story[2], story[4]])
      #expect(try kept(3) == [story[1], story[2], story[4]])
      #expect(try Set(kept(5)).isSuperset(of: [story[1], story[2], story[4]]))
    }
  }

  /// A random summary of 4 of 64 sentences has a certain one in 1 of 16 cases.
  @Test func theRandomSummaryKeepsEverySentenceEquallyOften() throws {
    var generator = SeededGenerator(seed: 1)
    var kept = 0
    for seed in UInt64(1)...400 {
      let story = story(64, seed: seed)
      let question = task.question(.oneFact, about: story, &generator)
      let context = try Method.randomSummary.context(
        of: story, for: question, budget: 4, vectors, &generator)
      if task.answer(question, from: context) != nil { kept += 1 }
    }
    // 25, within five standard deviations.
    #expect((2...49).contains(kept), "\(kept)")
  }

  /// A learner's search takes the place of the exact one, in both rounds.
  @Test func anotherSearchIsUsed() throws {
    var calls: [Int] = []
    let index = SentenceIndex(story(16), vectors) { call in
      calls.append(call.count)
      return Array(0..<call.count)
    }
    #expect(try index.nearest(3, to: .value(of: 0)) == Array(index.sentences.prefix(3)))
    #expect(calls == [3])
    #expect(try index.nearestInTwoRounds(4, to: .value(of: 0)) == Array(index.sentences.prefix(4)))
    #expect(calls == [3, 2, 1, 2])
  }

  @Test func aStoryBecomesPairsOfQuestionAndAnswer() {
    let story: [FactStory.Sentence] = [
      .fact(name: 2, value: 3), .filler(1), .link(from: 0, to: 2),
    ]
    let pairs = TextPairs(story, task)
    #expect(pairs.questions == [.value(of: 2), .friend(of: 0)])
    #expect(pairs.answers == [3, Int32(4 + 8 + 1 + 2)])
  }

  /// Sentences that name the same person share a part of their vectors, others do not.
  @Test func sentencesAreSumsOfTheirWords() {
    let fixed = SentenceEmbedding(task, width: 32).fixed
    func vector(_ sentence: FactStory.Sentence) -> [Float] {
      fixed.vector(Int(task.token(sentence)))
    }
    func sum(_ a: [Float], _ b: [Float], sign: Float) -> [Float] {
      zip(a, b).map { $0 + sign * $1 }
    }
    for token in 0..<task.vocabularyCount { #expect(fixed.vector(token).count == 32) }
    // The difference of two people is the same whatever is said of them.
    let red = sum(vector(.fact(name: 0, value: 1)), vector(.fact(name: 3, value: 1)), sign: -1)
    let blue = sum(vector(.fact(name: 0, value: 2)), vector(.fact(name: 3, value: 2)), sign: -1)
    let linked = sum(vector(.link(from: 0, to: 5)), vector(.link(from: 3, to: 5)), sign: -1)
    #expect(red == blue && red == linked && red.contains { $0 != 0 })
  }
}
