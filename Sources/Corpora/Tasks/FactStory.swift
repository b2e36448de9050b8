import TensorCore

/// Synthetic stories of facts about people, with questions that have exact answers.
///
/// One sentence is one token. A **fact** gives a person's value ("Ada is red"), a **link** names a
/// person's friend ("Ada's friend is Bo"), and no question asks for **filler**. Each story has new
/// random people, values and positions, so they cannot be memorized. Facts and links are at any
/// position, so a link can come before or after the fact about the friend that it names. A question
/// needs one fact ("what is Ada?", "who is Ada's friend?"), a chain of two ("what is Ada's
/// friend?"), or all of them ("how many are red?").
///
/// Tokens: the fact of person p and value v is `p · valueCount + v`; then links
/// `from · nameCount + to`; then filler; then the questions. Answers: the values, then the counts
/// (`valueCount` + count), then the names.
public struct FactStory: Hashable, Sendable {
  public let nameCount: Int
  public let valueCount: Int
  public let fillerCount: Int

  /// - Precondition: at least two names and two values, and some filler.
  public init(nameCount: Int, valueCount: Int, fillerCount: Int) {
    precondition(
      nameCount > 1 && valueCount > 1 && fillerCount > 0,
      "story: \(nameCount) names, \(valueCount) values, \(fillerCount) sentences of filler")
    self.nameCount = nameCount
    self.valueCount = valueCount
    self.fillerCount = fillerCount
  }

  /// One token of a story.
  public enum Sentence: Hashable, Sendable {
    case fact(name: Int, value: Int)
    case link(from: Int, to: Int)
    case filler(Int)
  }

  /// A question about a story.
  public enum Question: Hashable, Sendable {
    case value(of: Int)
    case friend(of: Int)
    case valueOfFriend(of: Int)
    case count(of: Int)

    public var kind: QuestionKind {
      switch self {
      case .value, .friend: .oneFact
      case .valueOfFriend: .chain
      case .count: .count
      }
    }
  }

  /// The number of facts that an answer needs.
  public enum QuestionKind: String, CaseIterable, Codable, Sendable {
    case oneFact = "one fact"
    case chain = "a chain of two"
    case count = "a count over all"
  }

  public var vocabularyCount: Int { firstQuestion + 3 * nameCount + valueCount }
  /// The number of different answers.
  public var answerCount: Int { firstNameAnswer + nameCount }
  /// The task in one line, part of the key of cached models.
  public var identity: String {
    "fact stories, \(nameCount) names, \(valueCount) values, \(fillerCount) fillers, links anywhere"
  }

  /// After the values and the counts 0 ... nameCount.
  private var firstNameAnswer: Int { valueCount + nameCount + 1 }
  private var firstLink: Int { nameCount * valueCount }
  private var firstFiller: Int { firstLink + nameCount * nameCount }
  private var firstQuestion: Int { firstFiller + fillerCount }

  public func token(_ sentence: Sentence) -> Int32 {
    switch sentence {
    case .fact(let name, let value): Int32(name * valueCount + value)
    case .link(let from, let to): Int32(firstLink + from * nameCount + to)
    case .filler(let number): Int32(firstFiller + number)
    }
  }

  public func token(_ question: Question) -> Int32 {
    switch question {
    case .value(let name): Int32(firstQuestion + name)
    case .valueOfFriend(let name): Int32(firstQuestion + nameCount + name)
    case .friend(let name): Int32(firstQuestion + 2 * nameCount + name)
    case .count(let value): Int32(firstQuestion + 3 * nameCount + value)
    }
  }
}

extension FactStory {
  /// The largest number of people in a story of `length` sentences: each has a fact, and half of
  /// them a link.
  public func mostPeople(in length: Int) -> Int { min(nameCount, length * 2 / 3) }

  /// A story of `length` sentences about this many people; the rest is filler.
  /// - Precondition: at least two people, and enough sentences for their facts and links.
  public func story(
    length: Int, people count: Int, _ generator: inout SeededGenerator
  ) -> [Sentence] {
    precondition(
      count > 1 && count <= mostPeople(in: length),
      "story: \(count) people; need 2 to \(mostPeople(in: length)) in \(length) sentences")
    let people = Array(generator.permutation(nameCount).prefix(count))
    var sentences = people.map { name in
      Sentence.fact(name: name, value: generator.integer(below: valueCount))
    }
    for index in 0..<count / 2 {
      // Anyone except the person.
      let friend = people[(index + 1 + generator.integer(below: count - 1)) % count]
      sentences.append(.link(from: people[index], to: friend))
    }
    while sentences.count < length {
      sentences.append(.filler(generator.integer(below: fillerCount)))
    }
    return generator.permutation(length).map { sentences[$0] }
  }

  /// Draws a question of one kind that this story answers.
  public func question(
    _ kind: QuestionKind, about story: [Sentence], _ generator: inout SeededGenerator
  ) -> Question {
    func pick(_ names: [Int]) -> Int { names[generator.integer(below: names.count)] }
    switch kind {
    case .oneFact:
      return .value(
        of: pick(story.compactMap { if case .fact(let name, _) = $0 { name } else { nil } }))
    case .chain:
      return .valueOfFriend(
        of: pick(story.compactMap { if case .link(let from, _) = $0 { from } else { nil } }))
    case .count: return .count(of: generator.integer(below: valueCount))
    }
  }

  /// The correct answer; nil if the story does not give it.
  public func answer(_ question: Question, from story: [Sentence]) -> Int32? {
    func value(of name: Int) -> Int32? {
      for case .fact(name, let value) in story { return Int32(value) }
      return nil
    }
    switch question {
    case .value(let name): return value(of: name)
    case .valueOfFriend(let name):
      for case .link(name, let friend) in story { return value(of: friend) }
      return nil
    case .friend(let name):
      for case .link(name, let friend) in story { return Int32(firstNameAnswer + friend) }
      return nil
    case .count(let value):
      let count = story.filter { if case .fact(_, value) = $0 { true } else { false } }.count
      return Int32(valueCount + count)
    }
  }

  /// The possible answers to a kind of question, as classes of a model: values, counts or names.
  public func answers(to question: Question) -> Range<Int> {
    switch question {
    case .value, .valueOfFriend: 0..<valueCount
    case .count: valueCount..<firstNameAnswer
    case .friend: firstNameAnswer..<firstNameAnswer + nameCount
    }
  }

  /// Chains are the hardest to learn, so most of the training questions are chains, or ask for their
  /// first step.
  private static let trainingKinds: [QuestionKind] = [
    .chain, .chain, .count, .chain, .oneFact, .chain, .count, .chain,
  ]

  /// Questions of all kinds about a story, for training.
  public func trainingQuestions(
    _ count: Int, about story: [Sentence], _ generator: inout SeededGenerator
  ) -> [Question] {
    (0..<count).map { index in
      let kind = Self.trainingKinds[index % Self.trainingKinds.count]
      let question = question(kind, about: story, &generator)
      if case .valueOfFriend(let name) = question, generator.uniform() < 0.25 {
        return .friend(of: name)
      }
      return question
    }
  }

  /// A training sequence: sentences, then questions. The targets of the questions are the answers
  /// that the story gives, whatever the context has of it; those of the sentences are −1.
  public func sequence(
    _ context: [Sentence], asking questions: [Question], about story: [Sentence]
  ) -> (inputs: [Int32], targets: [Int32]) {
    (
      context.map(token) + questions.map(token),
      context.map { _ in -1 } + questions.map { answer($0, from: story) ?? -1 }
    )
  }
}
