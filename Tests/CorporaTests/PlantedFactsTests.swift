import Corpora
import TensorCore
import Testing

@Suite struct PlantedFactsTests {
  private let task = PlantedFacts(keyCount: 8, valueCount: 4)
  private let book = (0..<2000).map { UInt8($0 * 7 % 251) }[...]

  @Test func tokenRangesDoNotOverlap() {
    var seen = Set(0..<Int32(256))
    for key in 0..<8 {
      for value in 0..<4 { #expect(seen.insert(task.statement(key: key, value: value)).inserted) }
      #expect(seen.insert(task.question(key: key)).inserted)
    }
    for value in 0..<4 { #expect(seen.insert(task.answer(value: value)).inserted) }
    #expect(seen.count == task.vocabularyCount)
    #expect(seen.max() == Int32(task.vocabularyCount - 1))
    #expect(task.answers == 256 + 32 + 8..<task.vocabularyCount)
  }

  /// The answers follow from the text alone. The text contains the book, complete and in order.
  private func check(_ text: PlantedFacts.Text, length: Int) {
    #expect(text.inputs.count == length && text.targets.count == length)
    var values: [Int: (value: Int, place: Int)] = [:]
    var bytes: [UInt8] = []
    var questions = text.questions
    for (place, token) in text.inputs.enumerated() {
      let number = Int(token) - 256
      if number < 0 {
        bytes.append(UInt8(token))
        #expect(text.targets[place] == Int32(book[bytes.count]))
      } else if number < 32 {
        #expect(values[number / 4] == nil, "a key is stated twice")
        values[number / 4] = (number % 4, place)
        #expect(text.targets[place] == -1)
      } else {
        let stated = values[number - 32]
        #expect(stated != nil, "asked before it was stated")
        #expect(text.targets[place] == stated.map { task.answer(value: $0.value) })
        let question = questions.removeFirst()
        #expect(question.place == place && question.statement == stated?.place)
      }
    }
    #expect(bytes[...] == book.prefix(bytes.count))
    #expect(questions.isEmpty)
  }

  @Test(arguments: [(20, 3, 5), (200, 8, 40), (64, 1, 1)])
  func lessons(length: Int, statements: Int, questions: Int) {
    var generator = SeededGenerator(seed: 5, stream: "test")
    for _ in 0..<20 {
      let text = task.lesson(
        book, length: length, statements: statements, questions: questions, &generator)
      check(text, length: length)
      #expect(text.questions.count == questions)
      #expect(text.inputs.count { $0 >= 256 && $0 < 256 + 32 } == statements)
    }
  }

  @Test func examsPlantOneKeyInEachPartAndAskAtTheEnd() {
    var generator = SeededGenerator(seed: 6, stream: "test")
    let text = task.exam(book, length: 1000, &generator)
    check(text, length: 1000)
    #expect(text.questions.map(\.place) == Array(992..<1000))
    let places = text.questions.map(\.statement).sorted()
    for (part, place) in places.enumerated() {
      #expect((part * 992 / 8..<(part + 1) * 992 / 8).contains(place))
    }
  }

  @Test func aSeedGivesOneText() {
    func text(_ seed: UInt64) -> PlantedFacts.Text {
      var generator = SeededGenerator(seed: seed, stream: "test")
      return task.exam(book, length: 300, &generator)
    }
    #expect(text(1) == text(1))
    #expect(text(1) != text(2))
  }
}
