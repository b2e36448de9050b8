import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

enum PrintFormat: String, CaseIterable, ExpressibleByArgument {
  case html, pdf
}

struct SlidesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slides",
    abstract: "Write a lesson's last run as slides, with speaker's notes.",
    discussion: """
      One slide for each figure, formula, question and calculation of the run. In the HTML file, Page \
      Down goes on, and "notes" in the corner shows what the lesson says beside a figure. For PDF, \
      Chromium prints the slides. With --notes, each has its notes below it, usually two to a page.

      Examples:
        lab slides flash-tiling --to html
        lab slides 5 --to pdf --file slides.pdf
        lab slides 5 --to pdf --notes
      """)

  @Flag(help: "Show the speaker's notes; in a PDF, below each slide.")
  var notes = false

  @OptionGroup var printed: PrintedRun

  func run() throws {
    if !notes, printed.paper != nil {
      throw ValidationError("--paper is for slides with --notes: a slide has pages of its own.")
    }
    let size = notes ? printed.paperSize : .slide
    try printed.write(as: notes ? "slides-notes" : "slides", on: size) { record, figures in
      SlidesPage(record, showsNotes: notes) { figures[$0] }.html
    }
  }
}

struct HandoutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "handout",
    abstract: "Write a lesson's last run as a hand-out for a class.",
    discussion: """
      The idea, the figure, formulas, a calculation by hand, questions without their answers, the \
      claims with room for the values of another machine, and the exercises: two pages of paper. For \
      PDF, Chromium prints it.

      Examples:
        lab handout flash-tiling --to pdf
        lab handout 5 --to html --file handout.html
      """)

  @OptionGroup var printed: PrintedRun

  func run() throws {
    try printed.write(as: "handout", on: printed.paperSize) { record, figures in
      HandoutPage(record) { figures[$0] }.html
    }
  }
}

/// The options of the commands that write a run for a class, and what they do.
struct PrintedRun: ParsableArguments {
  @Argument(help: "Name or number of a lesson.", completion: .list(lessonNames))
  var lesson: String

  @Option(help: "html (one page without a network) or pdf (needs Chromium).")
  var to: PrintFormat = .html

  @Option(
    help: "The file to write or replace; - is standard output (default: a file in .lab/exports).",
    completion: .file(), transform: parsedPath)
  var file: String?

  @Option(help: "The paper of a hand-out or of notes as PDF: a4 or letter (default: a4).")
  var paper: PaperSize?

  var paperSize: PDFPageSize { .paper(paper ?? .a4) }

  @OptionGroup var choice: RunChoice
  @OptionGroup var runs: RunsFolderOption

  func write(
    as kind: String, on size: PDFPageSize, _ html: (RunRecord, RecordFigures) throws -> String
  ) throws {
    if to == .html, paper != nil {
      throw ValidationError("--paper is for PDF. Add --to pdf, or leave it out.")
    }
    let card = try course.lesson(named: lesson).card
    let export = ExportFile(path: file, name: "\(card.fileStem)-\(kind).\(to.rawValue)")
    if export.isPrinted, to == .pdf { throw PDFToStandardOutput(name: export.name) }
    let (record, figures, _) = try runs.run(of: card, choice)
    let text = try html(record, figures)
    // Before the folder is made: without a browser nothing is written.
    let printer = to == .pdf ? try PDFPrinter() : nil
    if export.isPrinted {
      Terminal.standardOutput.write(text)
    } else {
      let target = try export.write { _ in
        try printer?.data(of: text, on: size) ?? Data(text.utf8)
      }
      Terminal.standardOutput.write(
        Terminal.standardOutput.style(noColor: false).path(target.path) + "\n")
    }
    if let sentence = record.statusSentence { Terminal.standardError.writeMessage(sentence) }
    try figures.checkAll()
  }
}

/// `--to pdf --file -`.
struct PDFToStandardOutput: UsageError {
  let name: String

  var description: String { "PDF is written to a file, not printed. Name one: --file \(name)" }
}
