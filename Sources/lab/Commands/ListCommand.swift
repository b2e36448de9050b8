import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the lessons, one per line: name, expected time, state of the run.",
    discussion: "Example:\n  lab list --json")

  @OptionGroup var output: OutputOptions

  @OptionGroup var runs: RunsFolderOption

  func run() throws {
    let catalog = try? ExerciseCatalog.standard()
    let book = Workbook(folder: LabFolder.workbook, progressFolder: LabFolder.progress) {
      Terminal.standardError.writeMessage($0)
    }
    let folder = try runs.existingFolder()
    let entries = course.cards.map { card in
      var entry = LessonEntry(card, runs: folder)
      let exercises = catalog?.exercises(ofLesson: card.number) ?? []
      entry.exercises = exercises.count
      entry.exercisesPassed = exercises.filter { book.hasPassed($0) }.count
      return entry
    }
    for exercise in catalog?.exercises ?? [] {
      do throws(SystemError) {
        _ = try book.progress(of: exercise)
      } catch {
        Terminal.standardError.writeMessage(
          "\(book.progressFile(of: exercise).path) cannot be read, and '\(exercise.name)' is not "
            + "counted: \(error).")
      }
    }
    try output.write(entries) { style in entries.map { $0.text(style) }.joined() }
  }
}

/// One entry of the list: a lesson and its last run.
struct LessonEntry: Encodable {
  var number: Int
  var slug: String
  var title: String
  var question: String
  var after: [String]
  var standardSeconds: Int
  /// `not run`, or the state of the last run and its scale.
  var status: String
  /// Whether a run of standard scale or a larger one is finished.
  var isDone: Bool
  var claimsHold: Int
  var claimsFail: Int
  var exercises = 0
  var exercisesPassed = 0

  init(_ card: LessonCard, runs: URL) {
    number = card.number
    slug = card.slug
    title = card.title
    question = card.question
    after = card.after
    standardSeconds = card.standardSeconds
    let folder = LessonRuns(of: card.slug, in: runs).shown()
    let record = try? folder.loadRecord()
    status =
      record.map { "\($0.statusWord) at \($0.facts.scale.rawValue)" }
      ?? (folder.hasRecord ? "its record cannot be read" : "not run")
    isDone = record?.isDone == true
    let claims = ClaimCount(record?.claims ?? [])
    (claimsHold, claimsFail) = (claims.held, claims.failed)
  }

  /// One line: number, slug, time, state, and as much of the rest as fits.
  func text(_ style: TerminalStyle) -> String {
    let name = "\(number)".leftPadded(toColumns: 2) + "  " + slug.padded(toColumns: 23)
    // Half minutes, so that no time is more than a sixth off.
    let minutes = Quantity.plain.text((Double(standardSeconds) / 30).rounded() / 2)
    let time = standardSeconds < 90 ? "\(standardSeconds) s" : "\(minutes) min"
    let state = isDone ? "✓ " + status : status
    var line =
      style.ink(name, .bold) + time.leftPadded(toColumns: 7) + "  "
      + (isDone ? style.ink(state, .green) : state)
    var rest: [String] = []
    if claimsFail > 0 { rest.append(style.ink("✗ \(claimsFail) fail", .red)) }
    if exercises > 0 { rest.append("exercises \(exercisesPassed) of \(exercises)") }
    if claimsHold > 0 { rest.append("✓ \(claimsHold) hold") }
    for part in rest where (line + " · " + part).terminalColumns <= style.width {
      line += " · " + part
    }
    return line + "\n"
  }
}
