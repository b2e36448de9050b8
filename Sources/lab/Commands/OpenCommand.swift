import ArgumentParser
import Foundation
import LessonKit

struct OpenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open",
    abstract: "Open the page of a lesson's last run in the browser, or print where it is.",
    discussion: "Example:\n  lab open positions")

  @Argument(help: "Slug or number of a lesson.", completion: .list(course.cards.map(\.slug)))
  var lesson: String

  @Option(help: "Where runs are kept (default: .lab/runs).", completion: .directory)
  var output: String?

  func run() throws {
    do {
      let card = try course.lesson(named: lesson).card
      let runs = output.map { URL(fileURLWithPath: $0) } ?? RunsFolder.standard
      let folder = RunFolder(runs.appendingPathComponent(card.slug))
      guard FileManager.default.fileExists(atPath: folder.page.path) else {
        throw PageMissing(slug: card.slug)
      }
      if !Browser.open(folder.page) { Terminal.standardOutput.write(folder.page.path + "\n") }
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }
}

/// A lesson that has not been run here.
struct PageMissing: Error, CustomStringConvertible {
  let slug: String

  var description: String { "'\(slug)' has no page yet. Write it with: lab run \(slug)" }
}
