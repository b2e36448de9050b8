import LessonKit
import SystemSupport

/// The table at the end of a run of several lessons: time, claims and figures of each.
struct RunTable {
  let style: TerminalStyle

  func text(of records: [RunRecord]) -> String {
    let slugs = records.map(\.lesson.slug.terminalLine)
    let width = slugs.map(\.terminalColumns).max() ?? 0
    let header = "    " + "lesson".padded(toColumns: width) + "       time  claims       figures"
    let lines = records.enumerated().map { index, record in
      let count = ClaimCount(record.claims)
      let claims = "✓ \(count.held)".padded(toColumns: 5) + " "
      let fails = "✗ \(count.failed)"
      let state = record.state == .finished ? "" : "  " + record.state.word
      return "\(record.lesson.number)".leftPadded(toColumns: 2) + "  "
        + style.ink(slugs[index].padded(toColumns: width), .bold)
        + Quantity.seconds.text(record.seconds, digits: 3).leftPadded(toColumns: 11) + "  " + claims
        + (count.failed > 0 ? style.ink(fails, .red) : fails).padded(toColumns: 6)
        + "\(record.figures.count)".leftPadded(toColumns: 8) + style.ink(state, .yellow)
    }
    let count = ClaimCount(records.flatMap(\.claims))
    let seconds = Quantity.seconds.text(records.reduce(0) { $0 + $1.seconds }, digits: 3)
    let total =
      "\(records.count) lessons in \(seconds): \(count.held) claims hold, \(count.failed) fail. "
      + "The page of the course: lab open"
    return "\n" + style.ink(header, .bold) + "\n" + lines.map { $0 + "\n" }.joined()
      + style.text(total, indent: "") + "\n"
  }
}
