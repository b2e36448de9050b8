import Corpora
import LessonKit
import TensorCore

/// The scores of all methods, kinds of question and lengths of story.
struct Results: Codable {
  private var scores: [Place: [Method: Score]] = [:]

  private struct Place: Hashable, Codable {
    let kind: FactStory.QuestionKind
    let length: Int
  }

  let lengths: [Int]
  /// How often a cut window was right about one fact that it no longer held, over all lengths.
  private(set) var cutOutside: Double?

  /// - Complexity: one forward pass a question, method and length.
  init(_ examiner: Examiner, _ experiment: Experiment, notebook: Notebook) throws {
    lengths = experiment.storyLengths
    let kinds = FactStory.QuestionKind.allCases
    for (index, kind) in kinds.enumerated() {
      for (place, length) in lengths.enumerated() {
        scores[Place(kind: kind, length: length)] = try examiner.scores(
          kind, length: length, people: experiment.people(in: length), budget: experiment.budget,
          count: experiment.questionCount, seed: notebook.seed)
        notebook.progress(
          done: index * lengths.count + place + 1, total: kinds.count * lengths.count,
          detail: "\(kind.rawValue), \(length) sentences")
      }
    }
    cutOutside = outside(.cut, .oneFact)
  }

  private func outside(_ method: Method, _ kind: FactStory.QuestionKind) -> Double? {
    let found = lengths.map { score(method, kind, $0) }
    let asked = found.reduce(0) { $0 + $1.asked - $1.covered }
    guard asked > 0 else { return nil }
    return Double(found.reduce(0) { $0 + $1.right - $1.rightAndCovered }) / Double(asked)
  }

  func score(_ method: Method, _ kind: FactStory.QuestionKind, _ length: Int) -> Score {
    scores[Place(kind: kind, length: length)]?[method] ?? Score()
  }

  func accuracy(_ method: Method, _ kind: FactStory.QuestionKind, _ length: Int) -> Double {
    score(method, kind, length).accuracy
  }

  /// Over all kinds of question, at one length.
  func accuracy(_ method: Method, _ length: Int) -> Double {
    let kinds = FactStory.QuestionKind.allCases
    return kinds.reduce(0) { $0 + accuracy(method, $1, length) } / Double(kinds.count)
  }
}

/// How often somebody is right who knows the task and not the story: the commonest answer.
struct Chance {
  private let shares: [FactStory.QuestionKind: Double]

  init(_ task: FactStory, length: Int, people: Int, seed: UInt64) {
    var shares: [FactStory.QuestionKind: Double] = [:]
    for kind in FactStory.QuestionKind.allCases {
      var generator = SeededGenerator(seed: seed, stream: "chance \(kind.rawValue)")
      var counts: [Int32: Int] = [:]
      let tries = 4000
      for _ in 0..<tries {
        let story = task.story(length: length, people: people, &generator)
        let question = task.question(kind, about: story, &generator)
        if let answer = task.answer(question, from: story) { counts[answer, default: 0] += 1 }
      }
      shares[kind] = Double(counts.values.max() ?? 0) / Double(tries)
    }
    self.shares = shares
  }

  subscript(kind: FactStory.QuestionKind) -> Double { shares[kind] ?? .nan }
}
