import Corpora
import LessonKit
import TensorCore

/// The scores of all methods, kinds of question and lengths of story, one for each seed.
package struct Results: Codable {
  private struct Exam: Hashable, Codable {
    let kind: FactStory.QuestionKind
    let length: Int
  }

  private var scores: [Exam: Keyed<Method, [Score]>] = [:]
  let lengths: [Int]

  /// Results from a score for each seed, for each method, kind of question and length.
  package init(lengths: [Int], scores make: (Method, FactStory.QuestionKind, Int) -> [Score]) {
    self.lengths = lengths
    for kind in FactStory.QuestionKind.allCases {
      for length in lengths {
        scores[Exam(kind: kind, length: length)] = Keyed { make($0, kind, length) }
      }
    }
  }

  /// - Complexity: one forward pass per reader, question, method and length.
  init(_ readers: [Reader], _ experiment: Experiment, notebook: Notebook) throws {
    lengths = experiment.storyLengths
    let exams = FactStory.QuestionKind.allCases.flatMap { kind in
      experiment.storyLengths.map { Exam(kind: kind, length: $0) }
    }
    let seeds = notebook.seeds(experiment.seedCount)
    for (index, exam) in exams.enumerated() {
      let found = try zip(readers, seeds).map { reader, seed in
        try reader.scores(
          exam.kind, length: exam.length, people: experiment.people(in: exam.length),
          budget: experiment.budget, count: experiment.questionCount, seed: seed)
      }
      scores[exam] = Keyed { method in found.map { $0[method] } }
      notebook.progress(
        done: index + 1, total: exams.count,
        detail: "\(exam.kind.rawValue), \(exam.length) sentences")
    }
  }

  /// - Precondition: the length is one of `lengths`.
  func scores(_ method: Method, _ kind: FactStory.QuestionKind, _ length: Int) -> [Score] {
    guard let scores = scores[Exam(kind: kind, length: length)] else {
      preconditionFailure("results: no stories of \(length) sentences, only of \(lengths)")
    }
    return scores[method]
  }

  /// The questions of all seeds together.
  func score(_ method: Method, _ kind: FactStory.QuestionKind, _ length: Int) -> Score {
    scores(method, kind, length).reduce(Score(), +)
  }

  /// The share of right answers of each seed.
  package func accuracies(
    _ method: Method, _ kind: FactStory.QuestionKind, _ length: Int
  ) -> [Double] {
    scores(method, kind, length).map(\.accuracy)
  }

  /// The mean over the seeds.
  package func accuracy(_ method: Method, _ kind: FactStory.QuestionKind, _ length: Int) -> Double {
    mean(accuracies(method, kind, length))
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
