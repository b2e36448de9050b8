import Foundation
import LessonKit

/// What bare `lab` says at a terminal: what is done, what is next, and the commands that matter.
struct Whereabouts {
  let course: LessonRegistry
  let runs: URL

  func show() {
    Terminal.standardOutput.write(text(Terminal.standardOutput.style(noColor: false)))
  }

  func text(_ style: TerminalStyle) -> String {
    let entries = course.cards.map { LessonEntry($0, runs: runs) }
    let done = entries.filter(\.isDone)
    var lines = [
      style.ink("LongContextLab", .bold) + ": \(done.count) of \(entries.count) lessons done"
    ]
    let next = entries.first { !$0.isDone } ?? entries.first
    if let next {
      let question = (done.count == entries.count ? "Again: " : "Next: ") + next.question
      lines += ["", style.text(question.split(separator: " ").map(String.init), indent: ""), ""]
      lines.append("  lab run \(next.slug)    run it, about \(time(next))")
    }
    if let last = done.last { lines.append("  lab open \(last.slug)    read its page") }
    lines += [
      "  lab check    the next exercise", "  lab list    all lessons",
      "  lab --help    all commands", "",
    ]
    return lines.joined(separator: "\n")
  }

  private func time(_ entry: LessonEntry) -> String {
    Quantity.seconds.text(Double(entry.standardSeconds))
  }
}
