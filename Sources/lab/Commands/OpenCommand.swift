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
      if let sentence = try folder.loadRecord().statusSentence {
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
      throw PageMissing(slug: card.slug, runs: output)
    }
    return folder
  }

  /// Written anew each time, so that it shows every run of before.
  private func coursePage(in runs: URL) throws -> URL {
    let page = CoursePage.file(in: runs)
    do {
      try RunFolder(runs).prepare()
      try CoursePage(course.cards, runs: runs).write(into: runs)
    } catch {
      // What cannot be written anew can still be shown as it was.
      guard FileManager.default.fileExists(atPath: page.path) else { throw error }
      Terminal.standardError.write(
        "lab: The page of before, since it cannot be written: \(error)\n")
    }
    return page
  }
}

/// A lesson that has not been run here.
struct PageMissing: Error, CustomStringConvertible {
  let slug: String
  /// Where it was looked for, if the reader named a place.
  var runs: String?

  var description: String {
    guard let runs else { return "'\(slug)' has no page yet. Write it with: lab run \(slug)" }
    return
      "There is no run of '\(slug)' in \(runs). --output names the folder of runs; without it, "
      + "those of .lab/runs are read."
  }
}
