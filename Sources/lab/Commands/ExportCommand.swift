import ArgumentParser
import Foundation
import LessonKit
import SystemSupport

enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
  case html, ipynb, md
}

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a lesson's last run as HTML, as a Jupyter notebook or as Markdown.",
    discussion: """
      The file is made from the record of the run. Nothing is computed again. Markdown has its \
      figures beside it. With --file - it is printed, and its links name the figures of the run.

      Examples:
        lab export positions --to ipynb
        lab export 3 --to md --file notes/positions.md
        lab export 3 --to html --file - | less
      """)

  @Argument(help: "Name or number of a lesson.", completion: .list(lessonNames))
  var lesson: String

  @Option(help: "html (one page), ipynb (Jupyter notebook) or md (Markdown, with figure files).")
  var to: ExportFormat

  @Option(
    help: "The file to write or replace; - is standard output (default: a file in .lab/exports).",
    completion: .file(), transform: parsedPath)
  var file: String?

  @OptionGroup var choice: RunChoice

  @OptionGroup var runs: RunsFolderOption

  func run() throws {
    let card = try course.lesson(named: lesson).card
    let (record, figures, shown) = try runs.run(of: card, choice)
    let terminal = Terminal.standardOutput
    let export = ExportFile(path: file, name: "\(card.fileStem).\(to.rawValue)")
    if export.isPrinted {
      let text = try content(of: record, figures) { linkPath(to: shown.figure($0)) }
      terminal.write(String(decoding: text, as: UTF8.self))
    } else {
      let target = try export.write { folder in
        if to == .md { try folder.copyFigures(figures) }
        return try content(of: record, figures) { $0.description }
      }
      terminal.write(terminal.style(noColor: false).path(target.path) + "\n")
    }
    try figures.checkAll()
  }

  private func content(
    of record: RunRecord, _ figures: RecordFigures, figurePath: @escaping (FigureName) -> String
  ) throws -> Data {
    switch to {
    case .html: return HTMLPage.data(of: record, figures)
    case .ipynb: return try NotebookExport(record) { figures[$0] }.data()
    case .md:
      let text = MarkdownExport(record) { figures[$0] == nil ? nil : figurePath($0) }.text
      return Data(text.utf8)
    }
  }

  /// The path of a file as the target of a Markdown link, relative to the current folder if the file
  /// is in it.
  private func linkPath(to file: URL) -> String {
    let here = FileManager.default.currentDirectoryPath + "/"
    let path = file.path.hasPrefix(here) ? String(file.path.dropFirst(here.count)) : file.path
    let allowed = CharacterSet.urlPathAllowed.subtracting(CharacterSet(charactersIn: "()"))
    return path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path
  }
}

extension RecordFigures {
  /// - Throws: `FiguresMissing`, after the rest of a command's work is done.
  func checkAll() throws(FiguresMissing) {
    if let description = warning { throw FiguresMissing(description: description) }
  }
}

/// Figures of a record whose files are gone.
struct FiguresMissing: Error, CustomStringConvertible {
  let description: String
}
