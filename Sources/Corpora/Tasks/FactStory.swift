import TensorCore

/// Synthetic stories of facts about people, with questions that have exact answers.
///
/// One sentence is one token. A **fact** gives a person's value ("Ada is red"), a **link** names a
/// person's friend ("Ada's friend is Bo"), and no question asks for **filler**. Each story has new
/// random people, values and positions, so they cannot be memorized. Facts are at any position; a
/// link comes after the fact about the friend that it names. A question needs one fact ("what is
/// Ada?", "who is Ada's friend?"), a chain of two ("what is Ada's friend?"), or all of them ("how
/// many are red?").
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
  /// The task in one line, part of the key of cached models.
  public var identity: String {
    "fact stories, \(nameCount) names, \(valueCount) values, \(fillerCount) fillers"
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
    // Each sentence gets a position between 0 and 1; the story is sorted by them.
    var places: [Int: Float] = [:]
    var sentences: [(place: Float, sentence: Sentence)] = people.map { name in
      let place = generator.uniform()
      places[name] = place
      return (place, .fact(name: name, value: generator.integer(below: valueCount)))
    }
    for index in 0..<count / 2 {
      // Anyone except the person.
      let friend = people[(index + 1 + generator.integer(below: count - 1)) % count]
      let first = places[friend] ?? 0
      sentences.append(
        (first + generator.uniform() * (1 - first), .link(from: people[index], to: friend)))
    }
    while sentences.count < length {
      sentences.append((generator.uniform(), .filler(generator.integer(below: fillerCount))))
    }
    return sentences.sorted { $0.place < $1.place }.map(\.sentence)
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

  /// Chains are the hardest to learn, so half of the training questions are chains.
  private static let trainingKinds: [QuestionKind] = [.oneFact, .chain, .count, .chain]

  /// One training sequence of `length` tokens: a story, then questions of all kinds.
  ///
  /// A link also has a target, the friend's value. Without it, chains take much longer to learn.
  /// - Returns: inputs, and targets, −1 at all other tokens.
  public func lesson(
    length: Int, storyLength: Int, _ generator: inout SeededGenerator
  ) -> (inputs: [Int32], targets: [Int32]) {
    let most = mostPeople(in: storyLength)
    let people = 2 + generator.integer(below: most - 1)
    let story = story(length: storyLength, people: people, &generator)
    var inputs = story.map(token)
    var targets = story.map { sentence -> Int32 in
      guard case .link(_, let friend) = sentence else { return -1 }
      return answer(.value(of: friend), from: story) ?? -1
    }
    while inputs.count < length {
      let kind = Self.trainingKinds[inputs.count % Self.trainingKinds.count]
      var question = question(kind, about: story, &generator)
      if case .valueOfFriend(let name) = question, generator.uniform() < 0.25 {
        question = .friend(of: name)
      }
      inputs.append(token(question))
      targets.append(answer(question, from: story) ?? -1)
    }
    return (inputs, targets)
  }
}
