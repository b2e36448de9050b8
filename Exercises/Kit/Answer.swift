/// A type that a learner's function can return: a number, a Boolean, a string, or nested arrays of
/// them.
///
/// `entries` is the flat list of its elements with their index paths. It is used to compare two
/// answers and to find the first difference.
protocol Answer {
  func entries(at path: [Int]) -> [Entry]
  /// The number of elements of each array, with its index path.
  func counts(at path: [Int]) -> [(path: [Int], count: Int)]
}

/// One element of an answer.
struct Entry {
  let path: [Int]
  let value: Value

  enum Value {
    case number(Double)
    case word(String)
  }

  /// An index path as it is written in code: `[2][0]`.
  static func text(_ path: [Int]) -> String { path.map { "[\($0)]" }.joined() }

  /// Whether two entries are equal within a tolerance, which is relative if the expected value is
  /// larger than 1. NaN equals nothing, not even NaN.
  func isEqual(to expected: Entry, within tolerance: Double) -> Bool {
    switch (value, expected.value) {
    case (.number(let a), .number(let b)):
      // With an infinite expected value the tolerance would be infinite too.
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

  /// A number with about six digits.
  static func text(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
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

/// Integers have no tolerance: 100,001 is not 100,000.
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
