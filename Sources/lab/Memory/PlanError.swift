import Calculator

/// A plan for `lab memory` that makes no sense, in a sentence: wrong use.
struct PlanError: Error, CustomStringConvertible {
  let description: String

  init(_ sentence: String) { description = "That is no plan: \(sentence)." }
}

/// A number of tokens as people write it: `100000`, `100,000`, `100K`, `128Ki`, `1.4T`.
///
/// K, M, G and T are powers of 1,000, with an i of 1,024.
struct TokenCount: Equatable {
  let value: Int

  init(_ text: String, of option: String) throws(PlanError) {
    let letters = text.filter { $0 != "," && $0 != "_" }
    let digits = letters.prefix { $0.isNumber || $0 == "." }
    let unit = letters.dropFirst(digits.count).uppercased()
    let units: [String: Double] = [
      "": 1, "K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9, "T": 1e12, "KI": 1024, "MI": 1024 * 1024,
    ]
    guard let number = Double(digits), let factor = units[unit], number * factor < 1e16 else {
      throw PlanError("'\(text)' for \(option); write tokens as 100000, 100K, 128Ki or 1.4T")
    }
    value = Int((number * factor).rounded())
  }
}
