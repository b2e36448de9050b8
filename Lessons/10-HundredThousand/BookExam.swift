import Autograd
import Corpora
import SmallTransformer
import TensorCore

/// What one reading of a text with planted facts shows.
struct BookReading {
  /// Cross entropy of each byte of the book, in nats, by its place; −1 where something was planted.
  let losses: [Float]
  let recalls: [Recall]

  struct Recall: Codable {
    /// How deep in the text the question's statement stood: 0 the start, 1 the end.
    let depth: Double
    let isRight: Bool
  }

  /// Mean loss of the bytes in a range of places.
  func meanLoss(_ places: Range<Int>) -> Double {
    let kept = losses[places.clamped(to: 0..<losses.count)].filter { $0 >= 0 }
    return kept.reduce(0) { $0 + Double($1) } / Double(max(1, kept.count))
  }

  var recall: Double {
    Double(recalls.count { $0.isRight }) / Double(max(1, recalls.count))
  }
}

extension PlantedFacts {
  /// Reads the logits of a text: how well each byte was predicted, and which questions were answered
  /// right, by the likeliest of the answers.
  func reading(of logits: Tensor, _ text: Text, on backend: any Backend) -> BookReading {
    let width = vocabularyCount
    let rows = logits.reshaped([text.inputs.count, width])
    let tape = Tape(backend, isRecording: false)
    // A row that counts for nothing is scored against token 0 and then left out.
    var losses = tape.tokenLosses(Variable(rows), targets: text.targets.map { max(0, $0) })
    for (place, target) in text.targets.enumerated() where target < 0 || target >= 256 {
      losses[place] = -1
    }
    let first = text.questions.first?.place ?? 0
    let asked = backend.read(rows.slice(first..<text.inputs.count))
    let recalls = text.questions.map { question -> BookReading.Recall in
      let row = asked[(question.place - first) * width..<(question.place - first + 1) * width]
      let best = answers.max { row[row.startIndex + $0] < row[row.startIndex + $1] } ?? 0
      return BookReading.Recall(
        depth: Double(question.statement) / Double(first),
        isRight: Int32(best) == text.targets[question.place])
    }
    return BookReading(losses: losses, recalls: recalls)
  }
}
