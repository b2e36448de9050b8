/// What a learner's function may answer: a number, a truth, a text, or arrays of them, nested.
///
/// `entries` lays it out flat, each entry with its index path, so that two answers can be held
/// against each other and the first place where they differ can be named.
protocol Answer {
  func entries(at path: [Int]) -> [Entry]
  /// "3 × 4" where it is regular; the count of each level otherwise.
  func counts(at path: [Int]) -> [(path: [Int], count: Int)]
}

/// One number, truth or text of an answer.
struct Entry {
  let path: [Int]
  let value: Value

  enum Value {
    case number(Double)
    case word(String)
  }

  /// `[2][0]`.
  static func text(_ path: [Int]) -> String { path.map { "[\($0)]" }.joined() }

  /// Whether two entries are the same within so much, relative to the expected one where that is
  /// larger than 1. Not-a-number is the same as nothing.
  func isLike(_ expected: Entry, within tolerance: Double) -> Bool {
    switch (value, expected.value) {
    case (.number(let a), .number(let b)):
      // An infinite bound would let anything pass for an infinite number.
      return a == b || (b.isFinite && abs(a - b) <= tolerance * max(1, abs(b)))
    case (.word(let a), .word(let b)): return a == b
    default: return false
    }
  }

  var text: String {
    switch value {
    case .number(let number): Entry.text(number)
    case .word(let word): word
    }
  }

  /// Six digits: enough to tell numbers apart, few enough to read.
  static func text(_ number: Double) -> String {
    if number.isNaN { return "not a number" }
    if number.isInfinite { return number > 0 ? "∞" : "−∞" }
    if number == number.rounded(), abs(number) < 1e15 { return "\(Int(number))" }
    let size = abs(number)
    if size >= 1e6 || size < 1e-4 { return "\(number)" }
    let scale: Double = size >= 100 ? 1e3 : size >= 1 ? 1e5 : 1e6
    return "\((number * scale).rounded() / scale)"
  }
}

extension Answer {
  func counts(at path: [Int]) -> [(path: [Int], count: Int)] { [] }
}

extension Double: Answer {
  func entries(at path: [Int]) -> [Entry] { [Entry(path: path, value: .number(self))] }
}

extension Float: Answer {
  func entries(at path: [Int]) -> [Entry] { [Entry(path: path, value: .number(Double(self)))] }
}

/// Whole numbers are the same or not: one off in 100,000 is off by one.
extension Int: Answer {
  func entries(at path: [Int]) -> [Entry] { [Entry(path: path, value: .word("\(self)"))] }
}

extension Bool: Answer {
  func entries(at path: [Int]) -> [Entry] { [Entry(path: path, value: .word("\(self)"))] }
}

extension String: Answer {
  func entries(at path: [Int]) -> [Entry] { [Entry(path: path, value: .word("“\(self)”"))] }
}

extension Range: Answer where Bound == Int {
  func entries(at path: [Int]) -> [Entry] {
    [Entry(path: path, value: .word("\(lowerBound)..<\(upperBound)"))]
  }
}

extension Array: Answer where Element: Answer {
  func entries(at path: [Int]) -> [Entry] {
    enumerated().flatMap { $1.entries(at: path + [$0]) }
  }

  func counts(at path: [Int]) -> [(path: [Int], count: Int)] {
    [(path, count)] + enumerated().flatMap { $1.counts(at: path + [$0]) }
  }
}
