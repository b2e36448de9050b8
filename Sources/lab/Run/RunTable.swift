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
      let (held, failed) = (count(record, true), count(record, false))
      let claims = "✓ \(held)".padded(toColumns: 5) + " "
      let fails = "✗ \(failed)"
      let state = record.state == .finished ? "" : "  " + record.state.word
      return "\(record.lesson.number)".leftPadded(toColumns: 2) + "  "
        + style.ink(slugs[index].padded(toColumns: width), .bold)
        + Quantity.seconds.text(record.seconds, digits: 3).leftPadded(toColumns: 11) + "  " + claims
        + (failed > 0 ? style.ink(fails, .red) : fails).padded(toColumns: 6)
        + "\(record.figures.count)".leftPadded(toColumns: 8) + style.ink(state, .yellow)
    }
    let (held, failed) = (
      records.reduce(0) { $0 + count($1, true) }, records.reduce(0) { $0 + count($1, false) }
    )
    let seconds = Quantity.seconds.text(records.reduce(0) { $0 + $1.seconds }, digits: 3)
    let total =
      "\(records.count) lessons in \(seconds): \(held) claims hold, \(failed) fail. "
      + "The page of the course: lab open"
    return "\n" + style.ink(header, .bold) + "\n" + lines.map { $0 + "\n" }.joined()
      + style.text(total, indent: "") + "\n"
  }

  private func count(_ record: RunRecord, _ holds: Bool) -> Int {
    record.claims.filter { $0.holds == holds }.count
  }
}
