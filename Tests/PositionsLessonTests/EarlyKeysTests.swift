import Corpora
import PositionsLesson
import TensorCore
import Testing

/// The texts of the recall task.
@Suite struct EarlyKeysTests {
  private let task = EarlyKeys(keyCount: 4, valueCount: 3, length: 40)

  /// Every key is stated once, first; every answer is the value that the text stated, at its gap.
  @Test func everyAnswerStandsAtItsGap() {
    var generator = SeededGenerator(seed: 3, stream: "test")
    let batch = task.batch(5, &generator)
    #expect(batch.inputs.count == 200)
    for text in 0..<5 {
      let tokens = batch.inputs[text * 40..<(text + 1) * 40].map { Int($0) }
      #expect(Set(tokens[..<4].map { $0 / 3 }) == [0, 1, 2, 3])
      var questions = 0
      for place in 0..<40 {
        let (target, gap) = (batch.targets[text * 40 + place], batch.gaps[text * 40 + place])
        guard target >= 0 else {
          #expect(gap == 0 && (place < 4 || tokens[place] == task.vocabularyCount - 1))
          continue
        }
        questions += 1
        let statement = tokens[place - gap]
        #expect(place - gap < 4 && statement / 3 == tokens[place] - 12)
        #expect(statement % 3 == Int(target))
      }
      #expect(questions > 0)
    }
    #expect(task.vocabularyCount == 17 && task.chance == 1.0 / 3)
  }

  @Test func valuesAndOrdersDiffer() {
    var generator = SeededGenerator(seed: 4, stream: "test")
    let batch = task.batch(20, &generator)
    let starts = Set((0..<20).map { Array(batch.inputs[$0 * 40..<$0 * 40 + 4]) })
    #expect(starts.count > 15)
  }
}
