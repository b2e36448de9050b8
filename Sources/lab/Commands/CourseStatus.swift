import Foundation
import LessonKit

/// The output of `lab` without a command: finished lessons, the next lesson, and the main commands.
struct CourseStatus {
  let course: LessonRegistry
  let runs: URL

  func text(_ style: TerminalStyle) -> String {
    let entries = course.cards.map { LessonEntry($0, runs: runs) }
    let done = entries.filter(\.isDone)
    var lines = [
      style.ink("LongContextLab", .bold) + ": \(done.count) of \(entries.count) lessons done"
    ]
    if let next = entries.first(where: { !$0.isDone }) ?? entries.first {
      let question = (done.count == entries.count ? "Again: " : "Next: ") + next.question
      let time = Quantity.seconds.text(Double(next.standardSeconds))
      lines += ["", style.paragraph(question), ""]
      lines.append("  lab run \(next.slug)    run it, about \(time)")
    }
    if let last = done.last { lines.append("  lab open \(last.slug)    open its page") }
    lines += [
      "  lab check    check the next exercise", "  lab list    list all lessons",
      "  lab --help    list all commands", "",
    ]
    return lines.joined(separator: "\n")
  }
}
