import Foundation
import LessonKit
import SystemSupport

/// The progress of a class as text: one line per learner, one sign per exercise.
///
/// Below it: the totals, the exercises that most learners fail with what their files do wrong, and
/// notes about lessons and folders that need a look.
struct ReportMatrix {
  let style: TerminalStyle
  let lessonCount: Int
  /// In the order of the course.
  let exercises: [Exercise]

  func text(_ reports: [LearnerReport]) -> String {
    let lines = reports.map { report in
      line(
        style.ink(padded(report.name.terminalLine, nameWidth(reports)), .bold),
        signs: exercises.map { sign(of: report.exercise(named: $0.name)) },
        counts: "\(report.passed)/\(exercises.count)", report,
        showsLessons: showsLessons(reports))
    }
    return header(reports) + lines.joined() + totals(reports) + legend + stuck(reports)
      + notes(reports)
  }

  // MARK: - The matrix

  /// The exercises of each lesson stand together, with a space between lessons.
  private var groups: [(lesson: Int, exercises: [Exercise])] {
    Dictionary(grouping: exercises, by: \.lessonNumber).sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }

  private var matrixWidth: Int { exercises.count + max(0, groups.count - 1) }

  private func nameWidth(_ reports: [LearnerReport]) -> Int {
    let longest = reports.map(\.name.terminalLine.terminalColumns).max() ?? 0
    return min(max(7, longest), max(7, min(20, style.width - matrixWidth - 10)))
  }

  /// Lessons and failed claims are left out where the screen is narrow.
  private func showsLessons(_ reports: [LearnerReport]) -> Bool {
    nameWidth(reports) + matrixWidth + 26 <= style.width
  }

  private func header(_ reports: [LearnerReport]) -> String {
    let numbers = groups.map { padded("\($0.lesson)", $0.exercises.count) }
    let more = showsLessons(reports) ? "  lessons  claims" : ""
    return style.ink(
      padded("lesson", nameWidth(reports)) + "  " + numbers.joined(separator: " ") + "  done "
        + more,
      .faint) + "\n"
  }

  private func line(
    _ name: String, signs: [String], counts: String, _ report: LearnerReport? = nil,
    showsLessons: Bool = false
  ) -> String {
    var rest = signs[...]
    let cells = groups.map { group in
      defer { rest = rest.dropFirst(group.exercises.count) }
      return rest.prefix(group.exercises.count).joined()
    }
    var text = name + "  " + cells.joined(separator: " ") + "  " + padded(counts, 5)
    if let report, showsLessons {
      let claims = report.claimsFail > 0 ? style.ink("✗ \(report.claimsFail)", .red) : "–"
      text += "  " + padded("\(report.done)/\(lessonCount)", 7) + "  " + claims
    }
    return text + "\n"
  }

  private func sign(of exercise: LearnerReport.ExerciseReport?) -> String {
    switch exercise?.state {
    case "passed": exercise?.hasSeenSolution == true ? "s" : style.ink("✓", .green)
    case "failed": style.ink("✗", .red)
    case .some: "–"
    case nil: style.ink("·", .faint)
    }
  }

  private func totals(_ reports: [LearnerReport]) -> String {
    guard reports.count > 1 else { return "" }
    func counts(_ state: String) -> [String] {
      exercises.map { exercise in
        let count = reports.count { $0.exercise(named: exercise.name)?.state == state }
        return count == 0 ? "·" : count > 9 ? "+" : "\(count)"
      }
    }
    return [("passed", "passed"), ("failing", "failed")].map { title, state in
      style.ink(
        line(padded(title, nameWidth(reports)), signs: counts(state), counts: "")
          .trimmingCharacters(in: .whitespacesAndNewlines), .faint) + "\n"
    }.joined()
  }

  private var legend: String {
    "\n"
      + style.paragraph(
        "✓ passed, s passed after seeing the solution, ✗ fails, – begun, · not begun, + ten or more"
      )
      + "\n"
      + style.paragraph(
        "lessons: those run at standard or full scale. claims: ✗ and the number that fail in the "
          + "learner's runs, – if none fails")
      + "\n"
  }

  // MARK: - Below it

  /// The exercises that most learners fail, at most three.
  private func stuck(_ reports: [LearnerReport]) -> String {
    let failing = exercises.map { exercise in
      (exercise, reports.filter { $0.exercise(named: exercise.name)?.state == "failed" })
    }
    // The sort is stable: of equal numbers the earlier exercise.
    let most = failing.filter { !$0.1.isEmpty }.sorted { $0.1.count > $1.1.count }.prefix(3)
    guard !most.isEmpty else { return "" }
    return "\nExercises that most learners fail:\n"
      + most.map { exercise, people in
        let names = people.map { report in
          let attempts = report.exercise(named: exercise.name)?.attempts ?? 0
          return "\(report.name) (\(attempts == 1 ? "1 attempt" : "\(attempts) attempts"))"
        }
        let who = people.count == 1 ? "1 learner" : "\(people.count) learners"
        let more = names.count > 6 ? ", …" : ""
        return style.paragraph(
          "\(exercise.name): \(who) of \(reports.count): "
            + (names.prefix(6).joined(separator: ", ") + more).terminalLine, indent: "  ") + "\n"
          + slips(people.compactMap { $0.exercise(named: exercise.name)?.message })
      }.joined()
  }

  /// What the failing files do wrong, the most frequent first, at most two.
  private func slips(_ messages: [String]) -> String {
    let counts = Dictionary(messages.filter { !$0.isEmpty }.map { ($0, 1) }, uniquingKeysWith: +)
    let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return sorted.prefix(2).map { message, count in
      style.paragraph("\(count) × \(short(message).terminalLine)", indent: "    ") + "\n"
    }.joined()
  }

  /// What does not fit into a sign: unfinished lessons, unreadable files, people who have not
  /// begun.
  private func notes(_ reports: [LearnerReport]) -> String {
    let lines = reports.flatMap { report in
      report.notes.map {
        style.paragraph("\(report.name.terminalLine): \(short($0).terminalLine)", indent: "  ")
          + "\n"
      }
    }
    return lines.isEmpty ? "" : "\nTo look at:\n" + lines.joined()
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text.prefix(columns: width).padded(toColumns: width)
  }
}

/// The beginning of a text that somebody else may have made as long as they like.
private func short(_ text: String) -> String {
  text.utf8.count <= 400 ? text : text.prefix(400) + " …"
}

extension LearnerReport {
  func exercise(named name: String) -> ExerciseReport? { exercises.first { $0.exercise == name } }

  /// What a teacher should look at, one sentence each.
  fileprivate var notes: [String] {
    var notes: [String] = []
    if let last = lessons.max(by: { $0.startedAt < $1.startedAt }), last.status != "finished" {
      notes.append("\(last.lesson) \(last.status)" + (last.failure.map { ": \($0)" } ?? ""))
    }
    notes += problems.prefix(3)
    if problems.count > 3 { notes.append("\(problems.count - 3) more problems; --json shows them") }
    if notes.isEmpty, lessons.isEmpty, exercises.isEmpty { notes.append("nothing run yet") }
    return notes
  }
}
