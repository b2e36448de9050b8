import ArgumentParser
import Foundation
import LessonKit

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "The lessons: what each asks, how long it takes, what is done.",
    discussion: "Example:\n  lab list --json")

  @Flag(help: "Print the list as JSON.")
  var json = false

  @Flag(help: "No color.")
  var noColor = false

  @Option(help: "Where runs are kept (default: .lab/runs).", completion: .directory)
  var output: String?

  func run() throws {
    let runs = output.map { URL(fileURLWithPath: $0) } ?? RunsFolder.standard
    let shelf = try? ExerciseCatalog.standard()
    let book = Workbook(folder: RunsFolder.workbook, progressFolder: RunsFolder.progress)
    let entries = course.cards.map { card in
      var entry = LessonEntry(card, runs: runs)
      let exercises = shelf?.exercises(ofLesson: card.number) ?? []
      entry.exercises = exercises.count
      entry.exercisesPassed = exercises.filter { book.hasPassed($0) }.count
      return entry
    }
    if json {
      Terminal.standardOutput.write(try entries.printedJSON() + "\n")
    } else {
      let style = Terminal.standardOutput.style(noColor: noColor)
      for entry in entries { Terminal.standardOutput.write(entry.text(style)) }
    }
  }
}

/// One line of the list: a lesson and the last run of it.
struct LessonEntry: Encodable {
  var number: Int
  var slug: String
  var title: String
  var question: String
  var after: [String]
  var standardSeconds: Int
  /// `not run`, or how the last run stands, and its scale.
  var status: String
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
    let folder = RunFolder(runs.appendingPathComponent(card.slug))
    let record = try? folder.loadRecord()
    status =
      record.map { "\($0.standing.rawValue) at \($0.facts.scale.rawValue)" }
      ?? (folder.hasRecord ? "its record cannot be read" : "not run")
    claimsHold = record?.claims.filter { $0.holds == true }.count ?? 0
    claimsFail = record?.claims.filter { $0.holds == false }.count ?? 0
  }

  var isDone: Bool { status.hasPrefix("finished") }

  func text(_ style: TerminalStyle) -> String {
    let head = style.ink("\(number < 10 ? " " : "")\(number)  \(slug)", .bold)
    let claims = claimsHold + claimsFail > 0 ? " · ✓ \(claimsHold) hold, ✗ \(claimsFail) fail" : ""
    let time = Quantity.seconds.text(Double(standardSeconds))
    let sign = isDone ? style.ink("✓ ", .green) : ""
    let work = exercises > 0 ? " · exercises \(exercisesPassed) of \(exercises)" : ""
    let facts = "about \(time) · \(sign)\(status)\(claims)\(work)".split(separator: " ").map(
      String.init)
    return """
      \(head)
      \(style.text(question.split(separator: " ").map(String.init), indent: "    "))
      \(style.text(facts, indent: "    "))

      """
  }
}
