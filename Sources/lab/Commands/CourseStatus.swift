import Foundation
import LessonKit

/// The output of `lab` without a command: finished lessons, the next lesson, and the main commands.
package struct CourseStatus {
  let course: LessonRegistry
  let runs: URL

  package init(_ course: LessonRegistry, runs: URL) { (self.course, self.runs) = (course, runs) }

  package func text(_ style: TerminalStyle) -> String {
    let entries = course.cards.map { LessonEntry($0, runs: runs) }
    let done = entries.filter(\.isDone)
    var lines = [
      style.ink("LongContextLab", .bold) + ": \(done.count) of \(entries.count) lessons done"
    ]
    if let next = entries.first(where: { !$0.isDone }) ?? entries.first {
      let question =
        (done.count == entries.count ? "Again, lesson " : "Next, lesson ")
        + "\(next.number): \(next.question)"
      let time = Quantity.seconds.text(Double(next.standardSeconds))
      lines += ["", style.paragraph(question), ""]
      lines.append("  lab run \(next.slug)    run it, about \(time)")
    }
    if let last = done.last {
      lines.append("  lab open \(last.slug)    open the page of lesson \(last.number)")
    }
    lines += [
      "  lab check    check the next exercise", "  lab list    list all lessons",
      "  lab --help    list all commands", "",
    ]
    return lines.joined(separator: "\n")
  }
}
