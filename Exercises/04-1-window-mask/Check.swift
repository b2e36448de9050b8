@testable import func Learner.windowMask

/// One call of the learner's function.
private struct Case {
  let queries: Int
  let keys: Int
  let window: Int
  let sinks: Int

  var question: String {
    "windowMask(queryCount: \(queries), keyCount: \(keys), window: \(window), sinkCount: \(sinks))"
  }

  var answer: [[Bool]] {
    windowMask(queryCount: queries, keyCount: keys, window: window, sinkCount: sinks)
  }

  /// The expected mask, or the one of a mistake in the window, the sinks or the first row's token.
  func mask(window: Int? = nil, sinks: Int? = nil, first: Int? = nil) -> [[Bool]] {
    let (window, sinks) = (window ?? self.window, sinks ?? self.sinks)
    return mask(first: first) { $1 <= $0 && ($0 - $1 < window || $1 < sinks) }
  }

  /// A mask from what each query sees.
  func mask(first: Int? = nil, _ sees: (_ query: Int, _ key: Int) -> Bool) -> [[Bool]] {
    (0..<queries).map { row in
      (0..<keys).map { sees((first ?? keys - queries) + row, $0) }
    }
  }
}

extension Grader {
  fileprivate func same(_ call: Case, _ mistakes: [Mistake<[[Bool]]>] = []) throws {
    try same(call.question, call.answer, call.mask(), mistakes: mistakes)
  }
}

func check(_ grader: Grader) throws {
  let plain = Case(queries: 4, keys: 4, window: 2, sinks: 0)
  try grader.same(
    plain,
    [
      Mistake(
        "Off by one: a window of 2 is the token itself and one before it.", plain.mask(window: 3)),
      Mistake(
        "Off by one: the last row is the last token, which belongs to its window.",
        plain.mask { $1 < $0 && $0 - $1 <= 2 }),
      Mistake("The query must see itself too.", plain.mask { $1 < $0 && $0 - $1 < 2 }),
      Mistake("Keys after the query are not masked.", plain.mask { abs($0 - $1) < 2 }),
      Mistake("Keys after the query are not masked.", plain.mask { $0 - $1 < 2 }),
      Mistake(
        "The window looks ahead: rows are queries, columns are keys.",
        plain.mask { $1 >= $0 && $1 - $0 < 2 }),
      Mistake(
        "It is inverted: true must mean that the query sees the key.",
        plain.mask { !($1 <= $0 && $0 - $1 < 2) }),
      Mistake("Off by one: with a sinkCount of 0, token 0 is no sink.", plain.mask(sinks: 1)),
    ])
  let last = Case(queries: 2, keys: 6, window: 3, sinks: 0)
  try grader.same(
    last,
    [Mistake("Row 0 is not token 0: the queries are the last 2 of 6 tokens.", last.mask(first: 0))])
  let sinks = Case(queries: 3, keys: 8, window: 2, sinks: 2)
  let besides = "The sinks are besides the window: they do not take its places."
  try grader.same(
    sinks,
    [
      Mistake("The sinks are missing: the first 2 tokens stay visible.", sinks.mask(sinks: 0)),
      Mistake(besides, sinks.mask(window: 1)),
      Mistake(besides, sinks.mask(window: 0)),
      Mistake(
        "The sinks are the first tokens of the text, not those before the window.",
        sinks.mask(window: 4, sinks: 0)),
    ])
  let future = Case(queries: 3, keys: 3, window: 1, sinks: 2)
  try grader.same(
    future,
    [
      Mistake(
        "A sink after the query is in the future: token 0 must not see token 1.",
        future.mask { $1 < 2 || $0 == $1 })
    ])
  try grader.same(Case(queries: 3, keys: 3, window: 10, sinks: 5))

  let question = "windowMask of 40 tokens at once, and of the same tokens in blocks of 8"
  let (whole, blocks) = grader.ask(question) {
    (
      Case(queries: 40, keys: 40, window: 7, sinks: 3).answer,
      stride(from: 8, through: 40, by: 8).flatMap { end in
        Case(queries: 8, keys: end, window: 7, sinks: 3).answer.map { row in
          row + Array(repeating: false, count: 40 - end)
        }
      }
    )
  }
  let differing = (0..<40).first { whole[$0] != blocks[$0] }
  try grader.law(
    "Tokens in blocks see the same keys as all tokens at once.", asking: question,
    differing == nil, found: "token \(differing ?? 0) does not")
  try grader.same(
    "the number of keys that each of 40 tokens sees, window: 7, sinkCount: 3",
    whole.map { row in row.filter { $0 }.count }, (0..<40).map { min(10, $0 + 1) })
}
