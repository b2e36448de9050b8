import Autograd
import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// How often a method was right, for one kind of question and one length of story.
package struct Score: Hashable, Codable {
  package var asked = 0
  package var right = 0
  /// How often the method's context contained every sentence that the answer needs.
  package var covered = 0
  package var rightAndCovered = 0

  package init(asked: Int = 0, right: Int = 0, covered: Int = 0, rightAndCovered: Int = 0) {
    (self.asked, self.right) = (asked, right)
    (self.covered, self.rightAndCovered) = (covered, rightAndCovered)
  }

  package var accuracy: Double { asked > 0 ? Double(right) / Double(asked) : .nan }
  package var coverage: Double { asked > 0 ? Double(covered) / Double(asked) : .nan }
}

/// One question, the context that a method shows for it, and the right answer.
struct ExamQuestion {
  let context: [FactStory.Sentence]
  let question: FactStory.Question
  let answer: Int32
  /// Whether the context gives the same answer as the whole story.
  let isCovered: Bool
}

/// A trained model that answers questions about stories.
package struct Reader {
  let model: Transformer
  let task: FactStory
  let vectors = WordVectors()
  /// The learner's function, for a run with it; then retrieval is done by it.
  var retrieval: LearnersCode<RetrievalCall, [Int]>?

  package init(model: Transformer, task: FactStory) {
    self.model = model
    self.task = task
  }

  /// The score of every method on the same stories and questions.
  ///
  /// - Complexity: one forward pass per question and method.
  package func scores(
    _ kind: FactStory.QuestionKind, length: Int, people: Int, budget: Int, count: Int, seed: UInt64
  ) throws -> Keyed<Method, Score> {
    var generator = SeededGenerator(seed: seed, stream: "exam \(kind.rawValue) \(length)")
    let stories = (0..<count).map { _ in
      let story = task.story(length: length, people: people, &generator)
      return (story: story, question: task.question(kind, about: story, &generator))
    }
    return try Keyed { method in
      score(
        try stories.map { story, question in
          try exam(method, story, question, budget: budget, &generator)
        })
    }
  }

  private func exam(
    _ method: Method, _ story: [FactStory.Sentence], _ question: FactStory.Question, budget: Int,
    _ generator: inout SeededGenerator
  ) throws -> ExamQuestion {
    var context = try method.context(
      of: story, for: question, budget: budget, vectors, &generator)
    if let retrieval, method == .retrieval, story.count > budget {
      context = try SentenceIndex(story, vectors).nearest(budget, to: question, by: retrieval)
    }
    let answer = task.answer(question, from: story) ?? -1
    return ExamQuestion(
      context: context, question: question, answer: answer,
      isCovered: task.answer(question, from: context) == answer)
  }

  /// All contexts have the same length, so 64 of them make one batch.
  private func score(_ exams: [ExamQuestion]) -> Score {
    var score = Score()
    for start in stride(from: 0, to: exams.count, by: 64) {
      let batch = Array(exams[start..<min(start + 64, exams.count)])
      for (exam, answer) in zip(batch, answers(batch)) {
        score.asked += 1
        if answer == exam.answer { score.right += 1 }
        if exam.isCovered { score.covered += 1 }
        if exam.isCovered, answer == exam.answer { score.rightAndCovered += 1 }
      }
    }
    return score
  }

  /// The most likely answer to each question, among all tokens.
  private func answers(_ exams: [ExamQuestion]) -> [Int32] {
    let length = (exams.first?.context.count ?? 0) + 1
    let tokens = exams.flatMap { $0.context.map(task.token) + [task.token($0.question)] }
    let tape = Tape(model.backend, isRecording: false)
    let logits = model.backend.read(model.logits(tokens, batch: exams.count, tape: tape).value)
    let classCount = task.vocabularyCount
    return exams.indices.map { index in
      let start = ((index + 1) * length - 1) * classCount
      return Int32((0..<classCount).max { logits[start + $0] < logits[start + $1] } ?? 0)
    }
  }

  /// The attention of the question to every sentence and to itself, `[layer · head][sentence]`.
  func attention(
    to story: [FactStory.Sentence], _ question: FactStory.Question
  ) -> [[Float]] {
    let tokens = story.map(task.token) + [task.token(question)]
    return (0..<model.configuration.layerCount).flatMap { layer in
      model.attentionMaps(tokens, layer: layer).map { Array($0.suffix(tokens.count)) }
    }
  }
}
