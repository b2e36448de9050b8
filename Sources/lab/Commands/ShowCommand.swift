import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Read a lesson's run again in the terminal, without running it.",
    discussion: """
      The page comes from the record of the run. With a step, only this step is shown, with \
      everything that belongs to it.

      Examples:
        lab show positions
        lab show 3 --step
        lab show 3 4
        lab show 3 "Read at T" --images none
        lab show positions --code | less -R
      """)

  @Argument(help: "Name or number of a lesson.", completion: .list(lessonNames))
  var lesson: String

  @Argument(help: "A step: its number, identifier or a part of its title (default: all steps).")
  var only: String?

  @OptionGroup var view: ViewOptions

  @OptionGroup var color: ColorOptions

  @OptionGroup var choice: RunChoice

  @OptionGroup var runs: RunsFolderOption

  func run() throws {
    let card = try course.lesson(named: lesson).card
    let folder = runs.runs(of: card).shown(at: choice.scale)
    guard folder.hasRecord else {
      throw PageMissing(slug: card.slug, scale: choice.scale, runs: runs.output)
    }
    let record = try folder.loadRecord()
    let number = try only.map { try record.stepNumber(named: $0) }
    let painter = FigurePainter(
      view.images, view.images.imageProtocol(on: .standardOutput), in: folder)
    if view.step {
      page(record, from: number, painter)
    } else {
      print(record, in: folder, step: number, painter)
    }
    if let sentence = record.statusSentence { Terminal.standardError.writeMessage(sentence) }
  }

  /// Prints the whole page, or one step of it.
  private func print(
    _ record: RunRecord, in folder: RunFolder, step number: Int?, _ painter: FigurePainter
  ) {
    let page = TerminalPage(view.style(noColor: color.noColor))
    let out = Terminal.standardOutput
    let printer = PagePrinter(
      page: page, detail: number == nil ? view.detail : .long, height: out.size.rows,
      draw: painter.draw, out: out.writeCodes)
    printer.mainFigure = record.lesson.figure
    let parts = PagePart.parts(of: record)
    if let number {
      for part in parts where part.step != nil && part.stepNumber == number { printer.print(part) }
      return
    }
    out.write(page.opening(of: record, view.detail))
    for part in parts { printer.print(part) }
    let commands = NextCommands(after: record, in: folder, next: course.card(after: record.lesson))
    out.write(page.ending(of: record, in: folder, listsFigures: false, commands))
  }

  /// Shows the page on the whole terminal, from a step on.
  private func page(_ record: RunRecord, from number: Int?, _ painter: FigurePainter) {
    let terminal = SteppingScreen(painter, write: Terminal.standardOutput.writeCodes)
    defer { terminal.end() }
    let pager = StepPager(
      style: view.style(noColor: color.noColor), stepTotal: record.steps.count, terminal.screen)
    let parts = PagePart.parts(of: record)
    pager.add(StepPager.Page(openingOf: record, parts.first ?? PagePart()))
    for part in parts.dropFirst() { pager.add(StepPager.Page(part)) }
    pager.add(StepPager.Page(closingOf: record))
    let first = number.flatMap { number in
      parts.firstIndex { $0.step != nil && $0.stepNumber == number }
    }
    _ = pager.wait(from: first ?? 0)
  }
}
