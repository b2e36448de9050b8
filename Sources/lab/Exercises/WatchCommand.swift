import ArgumentParser
import Foundation
import LessonKit

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Check an exercise again each time you save it. Ctrl-C leaves.",
    discussion: """
      Without a name: whichever file in Workbook/ you save.

      Example:
        lab watch online-softmax
      """)

  @Argument(
    help: "Name of an exercise.", completion: .custom { _, _, _ in exerciseNames })
  var name: String?

  @OptionGroup var options: WorkbookOptions

  func run() throws {
    do {
      let shelf = try ExerciseCatalog.standard()
      let session = CheckSession(options, try options.examiner(shelf), shelf)
      let interruption = session.watchForLeaving()
      defer { withExtendedLifetime(interruption) {} }
      let first = try options.one(name, of: shelf)
      _ = try session.check(first)
      try watch(name == nil ? shelf.exercises : [first], session)
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }

  /// Looks three times a second; an editor that writes aside and renames leaves no file for a
  /// moment, which is no change.
  private func watch(_ exercises: [Exercise], _ session: CheckSession) throws {
    var seen = exercises.map(contents)
    say("Watching \(options.book.folder.path); Ctrl-C leaves.")
    while true {
      Thread.sleep(forTimeInterval: 0.3)
      for (place, exercise) in exercises.enumerated() {
        guard let now = contents(exercise), now != seen[place] else { continue }
        seen[place] = now
        say("\n── \(exercise.name) saved ──")
        _ = try session.check(exercise)
      }
    }
  }

  private func contents(_ exercise: Exercise) -> Data? {
    FileManager.default.contents(atPath: options.book.file(of: exercise).path)
  }

  private func say(_ text: String) { Terminal.standardError.write(text + "\n") }
}
