import Autograd
import Corpora
import SmallTransformer
import TensorCore

/// How often a method was right, for one kind of question and one length of story.
struct Score: Hashable, Codable {
  var asked = 0
  var right = 0
  /// How often the method's window held every sentence that the answer needs.
  var covered = 0
  var rightAndCovered = 0

  var accuracy: Double { asked > 0 ? Double(right) / Double(asked) : .nan }
  var coverage: Double { asked > 0 ? Double(covered) / Double(asked) : .nan }
}

/// One question, what a method lets the model read for it, and the right answer.
struct Exam {
  let context: [FactStory.Sentence]
  let question: FactStory.Question
  let answer: Int32
  /// Whether the context answers the question as the whole story does.
  let isCovered: Bool
}

/// Asks a trained model.
struct Examiner {
  let model: Transformer
  let task: FactStory
  let vectors = WordVectors()

  /// The score of every method on the same stories and questions.
  ///
  /// - Complexity: one forward pass a question and method.
  func scores(
    _ kind: FactStory.QuestionKind, length: Int, people: Int, budget: Int, count: Int, seed: UInt64
  ) throws -> [Method: Score] {
    var generator = SeededGenerator(seed: seed, stream: "exam \(kind.rawValue) \(length)")
    let stories = (0..<count).map { _ in
      let story = task.story(length: length, people: people, &generator)
      return (story: story, question: task.question(kind, about: story, &generator))
    }
    var scores: [Method: Score] = [:]
    for method in Method.allCases {
      scores[method] = score(
        try stories.map { story, question in
          try exam(method, story, question, budget: budget, &generator)
        })
    }
    return scores
  }

  func exam(
    _ method: Method, _ story: [FactStory.Sentence], _ question: FactStory.Question, budget: Int,
    _ generator: inout SeededGenerator
  ) throws -> Exam {
    let context = try method.context(
      of: story, for: question, budget: budget, vectors, &generator)
    let answer = task.answer(question, from: story) ?? -1
    return Exam(
      context: context, question: question, answer: answer,
      isCovered: task.answer(question, from: context) == answer)
  }

  /// All contexts are of one length, so that many can be read side by side.
  func score(_ exams: [Exam]) -> Score {
    var score = Score()
    for start in stride(from: 0, to: exams.count, by: 64) {
      let part = exams[start..<min(start + 64, exams.count)]
      let answers = answers(Array(part))
      for (exam, answer) in zip(part, answers) {
        score.asked += 1
        if answer == exam.answer { score.right += 1 }
        if exam.isCovered { score.covered += 1 }
        if exam.isCovered, answer == exam.answer { score.rightAndCovered += 1 }
      }
    }
    return score
  }

  /// The likeliest answer to each.
  func answers(_ exams: [Exam]) -> [Int32] {
    let length = (exams.first?.context.count ?? 0) + 1
    let tokens = exams.flatMap { $0.context.map(task.token) + [task.token($0.question)] }
    let tape = Tape(model.backend, isRecording: false)
    let logits = model.backend.read(model.logits(tokens, batch: exams.count, tape: tape).value)
    let width = task.vocabularyCount
    return exams.indices.map { index in
      let start = ((index + 1) * length - 1) * width
      return Int32((0..<width).max { logits[start + $0] < logits[start + $1] } ?? 0)
    }
  }
}
