import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show the progress of a class, from the records of their runs.",
    discussion: """
      One line per learner and one sign per exercise, then the exercises that most learners fail. \
      --json has everything that is known about each learner.

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
    let exercises = (try? ExerciseCatalog.standard())?.exercises ?? []
    try output.write(reports) { style in
      ReportMatrix(style: style, lessonCount: course.lessons.count, exercises: exercises)
        .text(reports)
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
