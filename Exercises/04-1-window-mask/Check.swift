@testable import func Learner.windowMask

/// A mask from what each query sees. `first` is the token of the first row.
private func mask(
  _ queries: Int, _ keys: Int, first: Int? = nil, _ sees: (_ query: Int, _ key: Int) -> Bool
) -> [[Bool]] {
  (0..<queries).map { row in
    (0..<keys).map { sees((first ?? keys - queries) + row, $0) }
  }
}

/// The answer, or that of a common mistake.
private func right(_ query: Int, _ key: Int, window: Int, sinks: Int) -> Bool {
  key <= query && (query - key < window || key < sinks)
}

func check(_ grader: Grader) throws {
  try grader.same(
    "windowMask(queryCount: 4, keyCount: 4, window: 2, sinkCount: 0)",
    windowMask(queryCount: 4, keyCount: 4, window: 2, sinkCount: 0),
    mask(4, 4) { $1 <= $0 && $0 - $1 < 2 },
    mistakes: [
      Mistake(
        "Off by one: a window of 2 is the token itself and one before it.",
        mask(4, 4) { $1 <= $0 && $0 - $1 <= 2 }),
      Mistake(
        "Off by one: the token itself belongs to its window.",
        mask(4, 4) { $1 < $0 && $0 - $1 <= 2 }),
      Mistake("The query must see itself too.", mask(4, 4) { $1 < $0 && $0 - $1 < 2 }),
      Mistake("Keys after the query are not masked.", mask(4, 4) { abs($0 - $1) < 2 }),
      Mistake("Keys after the query are not masked.", mask(4, 4) { $0 - $1 < 2 }),
      Mistake(
        "The window looks ahead: rows are queries, columns are keys.",
        mask(4, 4) { $1 >= $0 && $1 - $0 < 2 }),
      Mistake(
        "It is inverted: true must mean that the query sees the key.",
        mask(4, 4) { !($1 <= $0 && $0 - $1 < 2) }),
    ])
  try grader.same(
    "windowMask(queryCount: 2, keyCount: 6, window: 3, sinkCount: 0)",
    windowMask(queryCount: 2, keyCount: 6, window: 3, sinkCount: 0),
    mask(2, 6) { right($0, $1, window: 3, sinks: 0) },
    mistakes: [
      Mistake(
        "Row 0 is not token 0: the queries are the last 2 of 6 tokens.",
        mask(2, 6, first: 0) { right($0, $1, window: 3, sinks: 0) }),
      Mistake(
        "The last row must be the last token.",
        mask(2, 6, first: 3) { right($0, $1, window: 3, sinks: 0) }),
    ])
  try grader.same(
    "windowMask(queryCount: 3, keyCount: 8, window: 2, sinkCount: 2)",
    windowMask(queryCount: 3, keyCount: 8, window: 2, sinkCount: 2),
    mask(3, 8) { right($0, $1, window: 2, sinks: 2) },
    mistakes: [
      Mistake(
        "The sinks are missing: the first 2 tokens stay visible.",
        mask(3, 8) { right($0, $1, window: 2, sinks: 0) }),
      Mistake(
        "The sinks are besides the window: they do not take its places.",
        mask(3, 8) { right($0, $1, window: 0, sinks: 2) || $0 == $1 }),
      Mistake(
        "The sinks are besides the window: they do not take its places.",
        mask(3, 8) { right($0, $1, window: 0, sinks: 2) }),
      Mistake(
        "The sinks are the first tokens of the text, not those before the window.",
        mask(3, 8) { right($0, $1, window: 4, sinks: 0) }),
      Mistake(
        "Off by one: 2 sinks are the tokens 0 and 1.",
        mask(3, 8) { right($0, $1, window: 2, sinks: 3) }),
    ])
  try grader.same(
    "windowMask(queryCount: 3, keyCount: 3, window: 1, sinkCount: 2)",
    windowMask(queryCount: 3, keyCount: 3, window: 1, sinkCount: 2),
    mask(3, 3) { right($0, $1, window: 1, sinks: 2) },
    mistakes: [
      Mistake(
        "A sink after the query is in the future: token 0 must not see token 1.",
        mask(3, 3) { $1 < 2 || $0 == $1 })
    ])
  try grader.same(
    "windowMask(queryCount: 3, keyCount: 3, window: 10, sinkCount: 5)",
    windowMask(queryCount: 3, keyCount: 3, window: 10, sinkCount: 5), mask(3, 3) { $1 <= $0 })

  let question = "windowMask of 40 tokens at once, and of the same tokens in blocks of 8"
  let (whole, blocks) = grader.ask(question) {
    (
      windowMask(queryCount: 40, keyCount: 40, window: 7, sinkCount: 3),
      stride(from: 8, through: 40, by: 8).flatMap { end in
        windowMask(queryCount: 8, keyCount: end, window: 7, sinkCount: 3).map { row in
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
