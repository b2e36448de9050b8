import Autograd
import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// How often a method was right, for one kind of question and one length of story.
package struct Score: Hashable, Codable {
  package var asked = 0
  package var right = 0
  /// How often the method's context contained every sentence that the answer needs, and the reader
  /// can know it.
  package var covered = 0
  /// How often the best guess from the context is right where the context lacks the answer.
  package var guessed = 0
  /// How often the answer is what the context says if nothing was left out, where it lacks the
  /// answer.
  package var literal = 0

  package init(
    asked: Int = 0, right: Int = 0, covered: Int = 0, guessed: Int = 0, literal: Int = 0
  ) {
    (self.asked, self.right) = (asked, right)
    (self.covered, self.guessed, self.literal) = (covered, guessed, literal)
  }

  package var accuracy: Double { asked > 0 ? Double(right) / Double(asked) : .nan }
  package var coverage: Double { asked > 0 ? Double(covered) / Double(asked) : .nan }

  /// The share of right answers of a reader that answers what its context contains, and guesses the
  /// rest as well as the context allows.
  package var expected: Double {
    asked > 0 ? Double(covered + guessed) / Double(asked) : .nan
  }

  package static func + (a: Score, b: Score) -> Score {
    Score(
      asked: a.asked + b.asked, right: a.right + b.right, covered: a.covered + b.covered,
      guessed: a.guessed + b.guessed, literal: a.literal + b.literal)
  }
}

/// One question, the context that a method shows for it, and the right answer.
struct ExamQuestion {
  let context: [FactStory.Sentence]
  let question: FactStory.Question
  let answer: Int32
  /// Whether the context gives the same answer as the whole story.
  let isCovered: Bool
  /// Whether the best guess from the context is right.
  let isGuessed: Bool
}

/// A trained model that answers questions about stories.
package struct Reader {
  let model: Transformer
  let task: FactStory
  let vectors = WordVectors()
  /// The search of retrieval, if it is not the lesson's own: the learner's function.
  var search: SentenceIndex.Search?

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

  func exam(
    _ method: Method, _ story: [FactStory.Sentence], _ question: FactStory.Question, budget: Int,
    _ generator: inout SeededGenerator
  ) throws -> ExamQuestion {
    let context = try method.context(
      of: story, for: question, budget: budget, vectors, &generator, search: search)
    let answer = task.answer(question, from: story) ?? -1
    let isCovered =
      task.answer(question, from: context) == answer
      // A count is known only to a reader that can tell that no fact is missing.
      && (question.kind != .count || method.knowsQuestion
        || task.facts(in: context) == task.facts(in: story))
    return ExamQuestion(
      context: context, question: question, answer: answer, isCovered: isCovered,
      isGuessed: !isCovered && task.bestGuess(question, from: context) == answer)
  }

  /// All contexts have the same length, so 64 of them make one batch.
  func score(_ exams: [ExamQuestion]) -> Score {
    var score = Score()
    for start in stride(from: 0, to: exams.count, by: 64) {
      let batch = Array(exams[start..<min(start + 64, exams.count)])
      for (exam, answer) in zip(batch, answers(batch)) {
        score.asked += 1
        if answer == exam.answer { score.right += 1 }
        if exam.isCovered { score.covered += 1 }
        if exam.isGuessed { score.guessed += 1 }
        if !exam.isCovered, answer == task.answer(exam.question, from: exam.context) {
          score.literal += 1
        }
      }
    }
    return score
  }

  /// The most likely answer to each question, among the answers to its kind of question.
  private func answers(_ exams: [ExamQuestion]) -> [Int32] {
    let length = (exams.first?.context.count ?? 0) + 1
    let tokens = exams.flatMap { $0.context.map(task.token) + [task.token($0.question)] }
    let tape = Tape(model.backend, isRecording: false)
    let logits = model.backend.read(model.logits(tokens, batch: exams.count, tape: tape).value)
    let classCount = logits.count / tokens.count
    return exams.enumerated().map { index, exam in
      let start = ((index + 1) * length - 1) * classCount
      let possible = task.answers(to: exam.question)
      return Int32(
        possible.max { logits[start + $0] < logits[start + $1] } ?? possible.lowerBound)
    }
  }

  /// The answer to a question after a context.
  func answer(_ question: FactStory.Question, after context: [FactStory.Sentence]) -> Int32 {
    answers([
      ExamQuestion(
        context: context, question: question, answer: -1, isCovered: false, isGuessed: false)
    ])[0]
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

extension FactStory {
  fileprivate func facts(in sentences: [Sentence]) -> Int {
    sentences.count { if case .fact = $0 { true } else { false } }
  }

  /// The best guess of somebody who sees a context that lacks the answer: for a value, the one that
  /// most facts of the context state, the smallest of several; for a count, those in the context and
  /// the most likely number of others among the people whose facts it lacks, if all of them are in
  /// the story.
  package func bestGuess(_ question: Question, from context: [Sentence]) -> Int32 {
    let values = context.compactMap { if case .fact(_, let value) = $0 { value } else { nil } }
    func count(_ value: Int) -> Int { values.count { $0 == value } }
    switch question {
    case .count(let value):
      let hidden = max(0, nameCount - values.count)
      // The mode of the binomial distribution.
      return Int32(valueCount + count(value) + (hidden + 1) / valueCount)
    case .value, .valueOfFriend, .friend:
      let most = (0..<valueCount).map(count).max() ?? 0
      return Int32((0..<valueCount).first { count($0) == most } ?? 0)
    }
  }
}
