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

  @Test("each question has one answer before it, last stated at the given gap")
  func answers() {
    let batch = batch(20, seed: 1)
    #expect(batch.inputs.count == 20 * 80)
    var asked = 0
    for place in batch.inputs.indices where batch.targets[place] >= 0 {
      asked += 1
      let start = place / 80 * 80
      let key = Int(batch.inputs[place]) - 30
      #expect((0..<6).contains(key))
      let stated = (start..<place).filter {
        batch.inputs[$0] < 30 && Int(batch.inputs[$0]) / 5 == key
      }
      #expect(stated.last.map { place - $0 } == batch.gaps[place])
      #expect(stated.allSatisfy { batch.inputs[$0] % 5 == batch.targets[place] })
    }
    // About half of all tokens ask.
    #expect((600...1000).contains(asked))
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
