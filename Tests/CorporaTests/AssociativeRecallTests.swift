import Corpora
import TensorCore
import Testing

@Suite("Associative recall")
struct AssociativeRecallTests {
  private let task = AssociativeRecall(keyCount: 6, valueCount: 5, length: 80)

  private func batch(_ count: Int, seed: UInt64) -> RecallBatch {
    var generator = SeededGenerator(seed: seed)
    return task.batch(count, &generator)
  }

  @Test("each key is stated once; each question asks for a stated key, at the given gap")
  func answers() {
    let batch = batch(20, seed: 1)
    #expect(batch.inputs.count == 20 * 80)
    for start in stride(from: 0, to: batch.inputs.count, by: 80) {
      let text = Array(batch.inputs[start..<start + 80])
      let statements = text.indices.filter { text[$0] < 30 }
      #expect(statements.first == 0 && statements.count == 6)
      #expect(Set(statements.map { text[$0] / 5 }).count == 6)
      for place in text.indices {
        guard text[place] >= 30 else {
          #expect(batch.targets[start + place] == -1 && batch.gaps[start + place] == 0)
          continue
        }
        let stated = statements.filter { $0 < place && text[$0] / 5 == text[place] - 30 }
        #expect(stated.map { place - $0 } == [batch.gaps[start + place]])
        #expect(stated.map { text[$0] % 5 } == [batch.targets[start + place]])
      }
    }
  }

  /// Statements are spread over the whole text: their mean position is half the length.
  @Test("every place of a statement is equally likely")
  func places() {
    let batch = batch(400, seed: 5)
    let places = batch.inputs.indices.filter { batch.inputs[$0] < 30 && $0 % 80 > 0 }
    #expect(places.count == 5 * 400)
    let mean = Double(places.reduce(0) { $0 + $1 % 80 }) / Double(places.count)
    // 40 expected; the standard deviation of the mean is 0.5.
    #expect(abs(mean - 40) < 2.5, "\(mean)")
  }

  @Test("the code of a token has its key, and its value or the mark of a question")
  func codes() {
    func ones(_ token: Int) -> [Int] {
      task.code(of: token, width: 14).enumerated().filter { $0.element == 1 }.map(\.offset)
    }
    #expect(ones(0) == [0, 6] && ones(13) == [2, 9] && ones(29) == [5, 10])
    #expect(ones(30) == [0, 11] && ones(35) == [5, 11])
    #expect(task.code(of: 13, width: 14).reduce(0, +) == 2)
  }

  @Test("values are drawn again for each sequence, and equal seeds give equal values")
  func values() {
    let answers = Set(
      (0..<20).map { sequence in
        batch(20, seed: 2).inputs[sequence * 80..<(sequence + 1) * 80].first { $0 < 5 } ?? -1
      })
    #expect(answers.subtracting([-1]).count > 2)
    #expect(batch(3, seed: 3) == batch(3, seed: 3))
    #expect(batch(3, seed: 3) != batch(3, seed: 4))
  }
}
