import Corpora
import LessonKit
import TensorCore

/// The scores of all methods, kinds of question and lengths of story.
package struct Results: Codable {
  private struct Exam: Hashable, Codable {
    let kind: FactStory.QuestionKind
    let length: Int
  }

  private var scores: [Exam: Keyed<Method, Score>] = [:]
  let lengths: [Int]

  /// Results from a score for each method, kind of question and length.
  package init(lengths: [Int], score: (Method, FactStory.QuestionKind, Int) -> Score) {
    self.lengths = lengths
    for kind in FactStory.QuestionKind.allCases {
      for length in lengths {
        scores[Exam(kind: kind, length: length)] = Keyed { score($0, kind, length) }
      }
    }
  }

  /// - Complexity: one forward pass per question, method and length.
  init(_ reader: Reader, _ experiment: Experiment, notebook: Notebook) throws {
    lengths = experiment.storyLengths
    let exams = FactStory.QuestionKind.allCases.flatMap { kind in
      experiment.storyLengths.map { Exam(kind: kind, length: $0) }
    }
    for (index, exam) in exams.enumerated() {
      scores[exam] = try reader.scores(
        exam.kind, length: exam.length, people: experiment.people(in: exam.length),
        budget: experiment.budget, count: experiment.questionCount, seed: notebook.seed)
      notebook.progress(
        done: index + 1, total: exams.count,
        detail: "\(exam.kind.rawValue), \(exam.length) sentences")
    }
  }

  /// - Precondition: the length is one of `lengths`.
  func score(_ method: Method, _ kind: FactStory.QuestionKind, _ length: Int) -> Score {
    guard let scores = scores[Exam(kind: kind, length: length)] else {
      preconditionFailure("results: no stories of \(length) sentences, only of \(lengths)")
    }
    return scores[method]
  }

  package func accuracy(_ method: Method, _ kind: FactStory.QuestionKind, _ length: Int) -> Double {
    score(method, kind, length).accuracy
  }

  /// The mean over all kinds of question, at one length.
  package func accuracy(_ method: Method, _ length: Int) -> Double {
    let kinds = FactStory.QuestionKind.allCases
    return kinds.reduce(0) { $0 + accuracy(method, $1, length) } / Double(kinds.count)
  }

  /// The accuracy of a method on the questions whose answer its context did not contain, over all
  /// lengths; nil where every context contained the answer.
  package func accuracyWhenNotCovered(_ method: Method, _ kind: FactStory.QuestionKind) -> Double? {
    let scores = lengths.map { score(method, kind, $0) }
    let asked = scores.reduce(0) { $0 + $1.asked - $1.covered }
    guard asked > 0 else { return nil }
    return Double(scores.reduce(0) { $0 + $1.right - $1.rightAndCovered }) / Double(asked)
  }
}

extension Keyed where Key == FactStory.QuestionKind, Value == Double {
  /// Chance level: the share of right answers if you know the task but not the story, and always
  /// give the most frequent answer.
  package static func chance(_ task: FactStory, length: Int, people: Int, seed: UInt64) -> Self {
    Keyed { kind in
      var generator = SeededGenerator(seed: seed, stream: "chance \(kind.rawValue)")
      var counts: [Int32: Int] = [:]
      let tries = 4000
      for _ in 0..<tries {
        let story = task.story(length: length, people: people, &generator)
        let question = task.question(kind, about: story, &generator)
        if let answer = task.answer(question, from: story) { counts[answer, default: 0] += 1 }
      }
      return Double(counts.values.max() ?? 0) / Double(tries)
    }
  }
}
