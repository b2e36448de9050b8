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
        case .link(let from, let to):
          #expect(from != to)
          // A link comes after the fact about the friend that it names.
          #expect(known.contains(to))
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

  @Test func targetsAreAtTheQuestionsAndAtLinksOnly() {
    var generator = SeededGenerator(seed: 3)
    let lesson = task.lesson(length: 40, storyLength: 16, &generator)
    #expect(lesson.inputs.count == 40 && lesson.targets.count == 40)
    let firstLink = Int32(6 * 4)
    for (token, target) in zip(lesson.inputs, lesson.targets).prefix(16) {
      let isLink = (firstLink..<firstLink + 36).contains(token)
      #expect((target >= 0) == isLink)
    }
    #expect(lesson.targets.suffix(24).allSatisfy { $0 >= 0 })
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
