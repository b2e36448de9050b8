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
      Chromium prints it.

      Examples:
        lab slides flash-tiling --to html
        lab slides 5 --to pdf --file slides.pdf
      """)

  @OptionGroup var printed: PrintedRun

  func run() throws {
    try printed.write(as: "slides", landscape: true) { record, figures in
      SlidesPage(record) { figures[$0] }.html
    }
  }
}

struct HandoutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "handout",
    abstract: "Write a lesson's last run as a hand-out for a class.",
    discussion: """
      The idea, the figure, formulas, a calculation by hand, questions without their answers, the \
      claims with room for the values of another machine, and the exercises. For PDF, Chromium prints \
      it.

      Examples:
        lab handout flash-tiling --to pdf
        lab handout 5 --to html --file handout.html
      """)

  @OptionGroup var printed: PrintedRun

  func run() throws {
    try printed.write(as: "handout", landscape: false) { record, figures in
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

  @OptionGroup var choice: RunChoice
  @OptionGroup var runs: RunsFolderOption

  func write(
    as kind: String, landscape: Bool, _ html: (RunRecord, RecordFigures) throws -> String
  ) throws {
    let card = try course.lesson(named: lesson).card
    let export = ExportFile(path: file, name: "\(card.fileStem)-\(kind).\(to.rawValue)")
    if export.isPrinted, to == .pdf { throw PDFToStandardOutput(name: export.name) }
    let lessonRuns = runs.runs(of: card)
    guard lessonRuns.shown(at: choice.scale).hasRecord else {
      throw PageMissing(slug: card.slug, scale: choice.scale, runs: runs.output)
    }
    let (record, figures) = try lessonRuns.reading(at: choice.scale) {
      ($0, RecordFigures(of: $0, in: $1))
    }
    let text = try html(record, figures)
    if export.isPrinted {
      Terminal.standardOutput.write(text)
    } else {
      let target = try export.write { _ in
        to == .html ? Data(text.utf8) : try PDF.data(of: text, landscape: landscape)
      }
      Terminal.standardOutput.write(
        Terminal.standardOutput.style(noColor: false).path(target.path) + "\n")
    }
    if let sentence = record.statusSentence { Terminal.standardError.writeMessage(sentence) }
    try figures.checkAll()
  }
}

/// Prints a page into a PDF file, with Chromium.
private enum PDF {
  static func data(of html: String, landscape: Bool) throws -> Data {
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"]
    guard let browser = names.lazy.compactMap({ Program.find($0) }).first else {
      throw ChromiumMissing(
        description:
          "PDF needs Chromium, and it is not installed. Install it (on Debian: 'sudo apt-get install "
          + "chromium'), or write --to html and print that page in any browser.")
    }
    let folder = Litter.temporaryPath("pdf")
    defer { try? FileManager.default.removeItem(at: folder) }
    let (page, target) = (
      folder.appendingPathComponent("page.html"), folder.appendingPathComponent("page.pdf")
    )
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
      let size = landscape ? "<style>@page { size: 297mm 167mm; margin: 0; }</style>" : ""
      try Data(html.replacing("</head>", with: size + "</head>", maxReplacements: 1).utf8)
        .write(to: page)
    } catch {
      throw PDFError("\(folder.path) cannot be written: \(SystemError(error)).")
    }
    var program = Program(
      browser,
      arguments: [
        "--headless", "--disable-gpu", "--no-pdf-header-footer",
        "--user-data-dir=\(folder.appendingPathComponent("profile").path)",
        "--print-to-pdf=\(target.path)", page.absoluteString,
      ] + (geteuid() == 0 ? ["--no-sandbox"] : []))
    program.timeLimit = 120
    program.outputLimit = 10_000
    let result = try program.run()
    guard result.end == .exit(0), let data = try? Data(contentsOf: target), !data.isEmpty else {
      throw PDFError(
        "\(browser.lastPathComponent) printed no PDF (\(result.end)). Write --to html and print that "
          + "page in a browser.")
    }
    return data
  }
}

struct PDFError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A PDF needs a browser, and there is none.
struct ChromiumMissing: Error, CustomStringConvertible {
  let description: String
}

/// `--to pdf --file -`.
struct PDFToStandardOutput: UsageError {
  let name: String

  var description: String { "PDF is written to a file, not printed. Name one: --file \(name)" }
}
