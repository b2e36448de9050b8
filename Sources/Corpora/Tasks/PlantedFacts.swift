import TensorCore

/// A needle-in-a-haystack task: facts are planted in a real text, and a question asks for one of
/// them.
///
/// A statement gives a key and its value in one token; a question names a key, and its answer is
/// the stated value. Keys and values are drawn again for each text. The bytes of the book are
/// between them; the target of a byte is the next byte of the book, even if a statement or question
/// is between them.
///
/// Tokens: bytes 0 ..< 256, then statements `256 + key · valueCount + value`, then a question for
/// each key, then an answer for each value.
public struct PlantedFacts: Hashable, Sendable {
  public let keyCount: Int
  public let valueCount: Int

  /// - Precondition: at least one key and two values.
  public init(keyCount: Int, valueCount: Int) {
    precondition(
      keyCount > 0 && valueCount > 1,
      "planted facts: \(keyCount) keys, \(valueCount) values; need at least 1 key and 2 values")
    self.keyCount = keyCount
    self.valueCount = valueCount
  }

  private static let byteCount = 256
  public var vocabularyCount: Int {
    Self.byteCount + keyCount * valueCount + keyCount + valueCount
  }
  /// The accuracy of a random guess among the answers.
  public var chance: Double { 1 / Double(valueCount) }
  public var identity: String { "planted facts, \(keyCount) keys, \(valueCount) values" }

  public func statement(key: Int, value: Int) -> Int32 {
    Int32(Self.byteCount + key * valueCount + value)
  }
  public func question(key: Int) -> Int32 {
    Int32(Self.byteCount + keyCount * valueCount + key)
  }
  public func answer(value: Int) -> Int32 {
    Int32(Self.byteCount + keyCount * valueCount + keyCount + value)
  }
  /// The tokens of the answers.
  public var answers: Range<Int> { vocabularyCount - valueCount..<vocabularyCount }

  /// Inputs and targets, row-major; a target of −1 is not scored.
  public struct Text: Equatable, Sendable {
    public internal(set) var inputs: [Int32] = []
    public internal(set) var targets: [Int32] = []
    /// For each question, its position and that of its statement.
    public internal(set) var questions: [(place: Int, statement: Int)] = []

    public static func == (a: Text, b: Text) -> Bool {
      a.inputs == b.inputs && a.targets == b.targets
        && a.questions.elementsEqual(b.questions) { $0 == $1 }
    }
  }

  /// A training text: statements and questions at random positions, each question after its
  /// statement. `book` has at least one byte more than the text takes from it, for the last target.
  ///
  /// - Precondition: no more statements than keys; statements and questions fit into `length`.
  public func lesson(
    _ book: ArraySlice<UInt8>, length: Int, statements: Int, questions: Int,
    _ generator: inout SeededGenerator
  ) -> Text {
    precondition(
      statements <= keyCount && statements + questions < length,
      "planted facts: \(statements) statements and \(questions) questions in \(length) tokens")
    let planted = Set(generator.permutation(length).prefix(statements + questions))
    var writer = Writer(task: self, book: book, &generator)
    var (stated, asked) = (0, 0)
    for place in 0..<length {
      guard planted.contains(place) else {
        writer.appendByte()
        continue
      }
      let mayAsk = asked < questions && stated > 0
      let left = statements - stated
      let isStatement =
        left > 0 && (!mayAsk || generator.integer(below: left + questions - asked) < left)
      if isStatement {
        writer.appendStatement(key: stated)
        stated += 1
      } else {
        writer.appendQuestion(key: generator.integer(below: stated))
        asked += 1
      }
    }
    return writer.text
  }

  /// A test text: each key is stated once, the i-th in the i-th part of the text, and the questions
  /// for all keys are at the end.
  ///
  /// - Precondition: statements and questions fit into the text.
  public func exam(
    _ book: ArraySlice<UInt8>, length: Int, _ generator: inout SeededGenerator
  ) -> Text {
    precondition(length > 4 * keyCount, "planted facts: \(length) tokens for \(keyCount) keys")
    let end = length - keyCount
    let places = (0..<keyCount).map { part in
      let (start, stop) = (part * end / keyCount, (part + 1) * end / keyCount)
      return start + generator.integer(below: stop - start)
    }
    var writer = Writer(task: self, book: book, &generator)
    var next = 0
    for place in 0..<end {
      if next < keyCount, places[next] == place {
        writer.appendStatement(key: next)
        next += 1
      } else {
        writer.appendByte()
      }
    }
    for key in generator.permutation(keyCount) { writer.appendQuestion(key: key) }
    return writer.text
  }

  /// Builds a text token by token.
  private struct Writer {
    let task: PlantedFacts
    let book: ArraySlice<UInt8>
    /// The keys in the order of their statements, and their values.
    let keys: [Int]
    let values: [Int]
    var text = Text()
    private var nextByte: Int
    private var statementPlaces: [Int] = []

    init(task: PlantedFacts, book: ArraySlice<UInt8>, _ generator: inout SeededGenerator) {
      self.task = task
      self.book = book
      keys = generator.permutation(task.keyCount)
      var drawn: [Int] = []
      for _ in 0..<task.keyCount { drawn.append(generator.integer(below: task.valueCount)) }
      values = drawn
      nextByte = book.startIndex
    }

    mutating func appendByte() {
      text.inputs.append(Int32(book[nextByte]))
      nextByte += 1
      text.targets.append(Int32(book[nextByte]))
    }

    mutating func appendStatement(key: Int) {
      statementPlaces.append(text.inputs.count)
      text.inputs.append(task.statement(key: keys[key], value: values[key]))
      text.targets.append(-1)
    }

    mutating func appendQuestion(key: Int) {
      text.questions.append((text.inputs.count, statementPlaces[key]))
      text.inputs.append(task.question(key: keys[key]))
      text.targets.append(task.answer(value: values[key]))
    }
  }
}
