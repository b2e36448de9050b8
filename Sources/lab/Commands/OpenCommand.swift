import ArgumentParser
import Foundation
import LessonKit

struct OpenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open",
    abstract: "Open the page of a lesson's last run in the browser, or print where it is.",
    discussion: """
      Without a lesson: the page of the whole course, with every lesson's claims. A run that has \
      not come to its end is told on standard error.

      Examples:
        lab open positions
        lab open
      """)

  @Argument(help: "Slug or number of a lesson.", completion: .list(course.cards.map(\.slug)))
  var lesson: String?

  @Option(help: "Where runs are kept (default: .lab/runs).", completion: .directory)
  var output: String?

  func run() throws {
    do {
      let runs = output.map { URL(fileURLWithPath: $0) } ?? RunsFolder.standard
      guard let lesson else { return show(try coursePage(in: runs)) }
      let folder = try lessonFolder(lesson, in: runs)
      show(folder.page)
      if let sentence = try folder.loadRecord().standingSentence {
        Terminal.standardError.write("lab: \(sentence)\n")
      }
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }

  private func show(_ page: URL) {
    if !Browser.open(page) { Terminal.standardOutput.write(page.path + "\n") }
  }

  private func lessonFolder(_ name: String, in runs: URL) throws -> RunFolder {
    let card = try course.lesson(named: name).card
    let folder = RunFolder(runs.appendingPathComponent(card.slug))
    guard FileManager.default.fileExists(atPath: folder.page.path) else {
      throw PageMissing(slug: card.slug)
    }
    return folder
  }

  /// Written anew each time, so that it shows every run of before.
  private func coursePage(in runs: URL) throws -> URL {
    try RunFolder(runs).prepare()
    try CoursePage(course.cards, runs: runs).write(into: runs)
    return CoursePage.file(in: runs)
  }
}

/// A lesson that has not been run here.
struct PageMissing: Error, CustomStringConvertible {
  let slug: String

  var description: String { "'\(slug)' has no page yet. Write it with: lab run \(slug)" }
}
