import Autograd
import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// How well a model predicts a text with planted facts.
package struct TextEvaluation {
  /// Cross entropy of each byte of the book, in nats, by position; −1 at planted tokens.
  package let losses: [Float]

  /// The mean loss of the bytes in a range of positions.
  package func meanLoss(_ positions: Range<Int>) -> Double {
    let kept = losses[positions.clamped(to: 0..<losses.count)].filter { $0 >= 0 }
    return kept.reduce(0) { $0 + Double($1) } / Double(max(1, kept.count))
  }
}

/// The answer to one question about a planted fact.
package struct Answer: Codable, Sendable {
  /// The depth of the fact in the text, from 0, the start, to 1, the end.
  package let depth: Double
  package let isRight: Bool

  package init(depth: Double, isRight: Bool) {
    self.depth = depth
    self.isRight = isRight
  }
}

extension PlantedFacts {
  /// Scores logits: the loss of each byte.
  package func evaluation(of logits: Tensor, _ text: Text, on backend: any Backend)
    -> TextEvaluation
  {
    let width = vocabularyCount
    let rows = logits.reshaped([text.inputs.count, width])
    let tape = Tape(backend, isRecording: false)
    // Rows without a target are scored as if their target were token 0, and then marked by −1.
    var losses = tape.tokenLosses(Variable(rows), targets: text.targets.map { max(0, $0) })
    for (position, target) in text.targets.enumerated() where target < 0 || target >= 256 {
      losses[position] = -1
    }
    return TextEvaluation(losses: losses)
  }

  /// The most likely of the possible answers to each question, from the logits of the questions:
  /// those of the text's end, `[questions, vocabulary]`.
  package func answers(_ logits: [Float], to text: Text) -> [Answer] {
    let first = text.questions.first?.place ?? 0
    return text.questions.map { question in
      let start = (question.place - first) * vocabularyCount
      let best = answers.max { logits[start + $0] < logits[start + $1] } ?? 0
      return Answer(
        depth: Double(question.statement) / Double(first),
        isRight: Int32(best) == text.targets[question.place])
    }
  }
}

extension Notebook {
  /// A held-out text with planted facts. A seed, a length and an index always give the same text.
  func heldOutText(
    _ experiment: Experiment, _ book: Corpus, length: Int, index: Int
  ) throws -> PlantedFacts.Text {
    guard book.heldOut.count > length + 1 else {
      throw CorpusError.tooShort(
        text: book.name, partBytes: book.heldOut.count, neededBytes: length + 2)
    }
    var generator = SeededGenerator(seed: seed, stream: "exam \(length) \(index)")
    let start =
      book.heldOut.lowerBound + generator.integer(below: book.heldOut.count - length - 1)
    return experiment.task.exam(book.bytes[start...start + length], length: length, &generator)
  }
}
