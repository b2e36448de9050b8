import Corpora
import TensorCore
import Testing

@Suite struct FactStoryTests {
  private let task = FactStory(nameCount: 6, valueCount: 4, fillerCount: 5)

  @Test func answersAreThoseFoundByHand() {
    let story: [FactStory.Sentence] = [
      .fact(name: 2, value: 3), .filler(1), .fact(name: 0, value: 3), .link(from: 0, to: 2),
      .fact(name: 5, value: 1),
    ]
    #expect(task.answer(.value(of: 2), from: story) == 3)
    #expect(task.answer(.valueOfFriend(of: 0), from: story) == 3)
    #expect(task.answer(.friend(of: 0), from: story) == Int32(4 + 6 + 1 + 2))
    #expect(task.answer(.count(of: 3), from: story) == Int32(4 + 2))
    #expect(task.answer(.count(of: 0), from: story) == 4)
    #expect(task.answer(.value(of: 1), from: story) == nil)
    #expect(task.answer(.valueOfFriend(of: 2), from: story) == nil)
  }

  @Test func everySentenceAndQuestionHasItsOwnToken() {
    var tokens: [Int32] = []
    for name in 0..<6 {
      for value in 0..<4 { tokens.append(task.token(.fact(name: name, value: value))) }
      for other in 0..<6 { tokens.append(task.token(.link(from: name, to: other))) }
      tokens += [
        task.token(.value(of: name)), task.token(.friend(of: name)),
        task.token(.valueOfFriend(of: name)),
      ]
    }
    for number in 0..<5 { tokens.append(task.token(.filler(number))) }
    for value in 0..<4 { tokens.append(task.token(.count(of: value))) }
    #expect(tokens.sorted() == (0..<Int32(task.vocabularyCount)).map { $0 })
  }

  @Test(arguments: [3, 8, 16, 64])
  func storiesFollowTheirRules(length: Int) {
    var generator = SeededGenerator(seed: 1, stream: "stories")
    for _ in 0..<50 {
      let people = task.mostPeople(in: length)
      let story = task.story(length: length, people: people, &generator)
      #expect(story.count == length)
      var known: Set<Int> = []
      for sentence in story {
        switch sentence {
        case .fact(let name, _): #expect(known.insert(name).inserted)
        case .link(let from, let to): #expect(from != to)
        case .filler: break
        }
      }
      #expect(known.count == people)
      for kind in FactStory.QuestionKind.allCases {
        let question = task.question(kind, about: story, &generator)
        #expect(task.answer(question, from: story) != nil)
      }
    }
  }

  @Test func theSameSeedGivesTheSameStory() {
    var (a, b) = (SeededGenerator(seed: 4), SeededGenerator(seed: 4))
    #expect(
      task.story(length: 20, people: 5, &a) == task.story(length: 20, people: 5, &b))
  }

  /// About half of the links stand before the fact about the friend that they name.
  @Test func linksStandOnBothSidesOfTheirFacts() {
    var generator = SeededGenerator(seed: 1, stream: "stories")
    var (before, after) = (0, 0)
    for _ in 0..<200 {
      let story = task.story(length: 20, people: 6, &generator)
      for case (let place, .link(_, let friend)) in story.enumerated() {
        let isKnown = task.answer(.value(of: friend), from: Array(story[..<place])) != nil
        if isKnown { after += 1 } else { before += 1 }
      }
    }
    #expect(before + after == 600)
    #expect((240...360).contains(before), "\(before) before, \(after) after")
  }

  @Test func targetsAreTheAnswersOfTheWholeStory() {
    let story: [FactStory.Sentence] = [
      .fact(name: 2, value: 3), .filler(1), .link(from: 0, to: 2),
    ]
    let questions: [FactStory.Question] = [
      .value(of: 2), .friend(of: 0), .valueOfFriend(of: 0), .value(of: 1),
    ]
    // The context lacks the fact.
    let sequence = task.sequence(Array(story.dropFirst()), asking: questions, about: story)
    #expect(sequence.inputs == story.dropFirst().map(task.token) + questions.map(task.token))
    #expect(sequence.targets == [-1, -1, 3, Int32(4 + 6 + 1 + 2), 3, -1])
  }

  @Test func answersAreOfTheRightKind() {
    #expect(task.answers(to: .value(of: 1)) == 0..<4)
    #expect(task.answers(to: .valueOfFriend(of: 1)) == 0..<4)
    // 0 to 6 people, then the names.
    #expect(task.answers(to: .count(of: 0)) == 4..<11)
    #expect(task.answers(to: .friend(of: 1)) == 11..<17)
    #expect(task.answerCount == 17)
  }

  @Test func mostTrainingQuestionsAreChainsOrTheirFirstStep() {
    var generator = SeededGenerator(seed: 3)
    let story = task.story(length: 20, people: 6, &generator)
    let questions = task.trainingQuestions(480, about: story, &generator)
    var counts: [String: Int] = [:]
    for question in questions {
      switch question {
      case .value: counts["value", default: 0] += 1
      case .friend: counts["friend", default: 0] += 1
      case .valueOfFriend: counts["chain", default: 0] += 1
      case .count: counts["count", default: 0] += 1
      }
    }
    #expect(counts["value"] == 60 && counts["count"] == 120)
    // A quarter of 300, within five standard deviations.
    #expect(abs((counts["friend"] ?? 0) - 75) < 38, "\(counts)")
  }
}

@Suite struct RuleByExampleTests {
  @Test func targetsFollowTheRuleDespiteNoise() {
    let rule = RuleByExample(symbolCount: 5, noise: 0.5, exampleCount: 20)
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<20 {
      let sequence = rule.sequence(&generator)
      let shifts = stride(from: 1, to: 40, by: 2).map {
        (Int(sequence.targets[$0]) - (Int(sequence.inputs[$0]) - 25) + 5) % 5
      }
      #expect(Set(shifts).count == 1)
      #expect(stride(from: 0, to: 40, by: 2).allSatisfy { sequence.targets[$0] == -1 })
    }
  }

  @Test func withoutNoiseOneExampleIsEnough() {
    let rule = RuleByExample(symbolCount: 5, noise: 0, exampleCount: 4)
    var generator = SeededGenerator(seed: 2)
    #expect(rule.bestPossible(sequences: 50, &generator) == [1, 1, 1, 1])
  }

  @Test func withNoiseTheBestPossibleRises() {
    let rule = RuleByExample(symbolCount: 8, noise: 0.5, exampleCount: 16)
    var generator = SeededGenerator(seed: 2)
    let best = rule.bestPossible(sequences: 4000, &generator)
    // One example: right with probability 1/2, and by chance in one of eight other cases.
    #expect(abs(best[0] - 0.5625) < 0.03)
    #expect(best[15] > 0.95)
  }
}
