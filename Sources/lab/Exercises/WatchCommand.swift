import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Check an exercise each time you save it, until Ctrl-C.",
    discussion: """
      Without a name: any file in Workbook/ that you save.

      Example:
        lab watch online-softmax
      """)

  @Argument(
    help: "Name of an exercise.", completion: .custom { _, _, _ in exerciseNames })
  var name: String?

  @OptionGroup var color: ColorOptions

  @OptionGroup var workbook: WorkbookOption

  func run() throws {
    let catalog = try ExerciseCatalog.standard()
    let session = try CheckSession(workbook, catalog, style: color.style)
    let interruption = session.exitOnInterrupt()
    defer { withExtendedLifetime(interruption) {} }
    let first = try workbook.exercise(named: name, in: catalog)
    session.check(first)
    watch(name == nil ? catalog.exercises : [first], session)
  }

  /// Reads the files three times per second. Some editors save to another file and rename it. The
  /// file is then missing for a moment; that does not count as a change.
  private func watch(_ exercises: [Exercise], _ session: CheckSession) -> Never {
    var known = exercises.map(contents)
    tell("Watching \(workbook.book.folder.path.terminalLine). Ctrl-C quits.")
    while true {
      Thread.sleep(forTimeInterval: 0.3)
      for (index, exercise) in exercises.enumerated() {
        guard let now = contents(exercise), now != known[index] else { continue }
        known[index] = now
        tell("\n── \(exercise.name) saved ──")
        session.check(exercise)
      }
    }
  }

  private func contents(_ exercise: Exercise) -> String? {
    let book = workbook.book
    return try? book.read(book.file(of: exercise))
  }

  private func tell(_ text: String) { Terminal.standardError.write(text + "\n") }
}
