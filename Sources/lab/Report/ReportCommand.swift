import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show the progress of a class, from the records of their runs.",
    discussion: """
      A folder is the one in which a learner runs lab, or its .lab folder, or the folder of \
      'lab run --output'. The report uses its name as the learner's name. lab only reads the folders. \
      What cannot be read is reported with its learner; exit code 74 if a whole folder cannot be read.

      Examples:
        lab report class/*
        lab report class/* --json | jq '.[] | select(.lessons == [])'
      """)

  @Argument(help: "Folders, one per learner.", completion: .directory)
  var folders: [String]

  @OptionGroup var output: OutputOptions

  func run() throws {
    let reports = try learnerReports()
    let exerciseCount = (try? ExerciseCatalog.standard())?.exercises.count ?? 0
    try output.write(reports) { style in
      ReportTable(
        style: style, lessonCount: course.lessons.count, exerciseCount: exerciseCount
      ).text(reports)
    }
    if reports.contains(where: { !$0.isFolder }) { throw ExitStatus.inputOutput }
  }

  /// One report per learner. A folder that is named twice is counted once.
  private func learnerReports() throws -> [LearnerReport] {
    if folders.contains("") { throw FolderNameMissing() }
    var reports: [LearnerReport] = []
    for folder in folders {
      let report = LearnerReport(URL(fileURLWithPath: folder), course)
      if reports.contains(where: { $0.records == report.records }) {
        Terminal.standardError.writeMessage(
          "\(folder.terminalLine) is the folder of an earlier argument; it is counted once.")
      } else {
        reports.append(report)
      }
    }
    return reports
  }
}

/// The table as text. Each learner has two lines: the counts, and the current lesson or exercises.
struct ReportTable {
  let style: TerminalStyle
  let lessonCount: Int
  let exerciseCount: Int

  func text(_ reports: [LearnerReport]) -> String {
    let names = reports.map(\.name.terminalLine)
    let width = min(24, max(4, names.map(\.terminalColumns).max() ?? 0))
    let header = padded("name", width) + "  lessons  claims        exercises"
    let lines = zip(names, reports).map { name, report in
      let fails = "✗ \(report.claimsFail)"
      let claims = "✓ \(report.claimsHold) " + fails
      let colored =
        "✓ \(report.claimsHold) " + (report.claimsFail > 0 ? style.ink(fails, .red) : fails)
      let gap = String(repeating: " ", count: max(2, 14 - claims.count))
      let counts =
        padded("\(report.finished) of \(lessonCount)", 9) + colored + gap
        + "\(report.passed) of \(exerciseCount)"
      return style.ink(padded(name, width), .bold) + "  " + counts + "\n"
        + style.paragraph(report.current.terminalLine, indent: "    ") + "\n"
    }
    return style.ink(header, .faint) + "\n" + lines.joined() + footer(reports)
  }

  /// The exercise that most learners fail, if several learners fail it.
  private func footer(_ reports: [LearnerReport]) -> String {
    let failing = reports.flatMap(\.exercises).filter { $0.state == "failed" }.map(\.exercise)
    let counts = Dictionary(failing.map { ($0, 1) }, uniquingKeysWith: +).filter { $0.value > 1 }
    guard let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return "" }
    return "\n\(most.value) learners fail '\(most.key.terminalLine)'.\n"
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text.prefix(columns: width).padded(toColumns: width)
  }
}
