import ArgumentParser
import Foundation
import LessonKit

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "The teacher's table: who of a class is where, from the records of their runs.",
    discussion: """
      A folder is one from which a learner called lab, or its .lab folder, or what was given to \
      'lab run --output'; its name is the learner's. Nothing is computed and nothing is changed.

      Examples:
        lab report class/*
        lab report class/* --json | jq '.[] | select(.lessons == [])'
      """)

  @Argument(help: "Folders, one for each machine.", completion: .directory)
  var folders: [String]

  @Flag(help: "Print the table as JSON, and nothing else, on standard output.")
  var json = false

  @Flag(help: "No color.")
  var noColor = false

  func run() throws {
    do {
      let reports = try machines()
      if json { return Terminal.standardOutput.write(try reports.printedJSON() + "\n") }
      let style = Terminal.standardOutput.style(noColor: noColor)
      let exercises = (try? ExerciseCatalog.standard())?.exercises.count ?? 0
      Terminal.standardOutput.write(
        ReportTable(style: style, lessons: course.lessons.count, exercises: exercises)
          .text(reports))
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }

  /// One report a machine, however often and under whichever of its folders it was named.
  private func machines() throws -> [MachineReport] {
    if folders.contains("") { throw FolderNameMissing() }
    var reports: [MachineReport] = []
    for folder in folders {
      let report = try MachineReport(URL(fileURLWithPath: folder), course)
      if reports.contains(where: { $0.records == report.records }) {
        Terminal.standardError.write("lab: \(folder) was named before; it is counted once.\n")
      } else {
        reports.append(report)
      }
    }
    return reports
  }
}

/// The table for a terminal: a line for each machine, and under it where it is.
struct ReportTable {
  let style: TerminalStyle
  let lessons: Int
  let exercises: Int

  func text(_ reports: [MachineReport]) -> String {
    let width = min(24, max(4, reports.map(\.name.count).max() ?? 0))
    let head = padded("who", width) + "  lessons  claims        exercises"
    let lines = reports.map { report in
      let fails = "✗ \(report.claimsFail)"
      let claims = "✓ \(report.claimsHold) " + fails
      let inked =
        "✓ \(report.claimsHold) " + (report.claimsFail > 0 ? style.ink(fails, .red) : fails)
      let gap = String(repeating: " ", count: max(2, 14 - claims.count))
      let counts =
        padded("\(report.finished) of \(lessons)", 9) + inked + gap
        + "\(report.passed) of \(exercises)"
      let place = report.place.split(separator: " ").map(String.init)
      return style.ink(padded(report.name, width), .bold) + "  " + counts + "\n"
        + style.text(place, indent: "    ") + "\n"
    }
    return style.ink(head, .faint) + "\n" + lines.joined() + foot(reports)
  }

  /// Where several are stuck is where the teacher goes first.
  private func foot(_ reports: [MachineReport]) -> String {
    let failing = reports.flatMap(\.exercises).filter { $0.state == "failed" }.map(\.exercise)
    let counts = Dictionary(failing.map { ($0, 1) }, uniquingKeysWith: +).filter { $0.value > 1 }
    guard let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return "" }
    return "\n\(most.value) machines are at '\(most.key)'.\n"
  }

  private func padded(_ text: String, _ width: Int) -> String {
    String(text.prefix(width)) + String(repeating: " ", count: max(0, width - text.count))
  }
}
