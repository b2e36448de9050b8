import ArgumentParser
import Foundation
import LessonKit

/// What a run can be exported to.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
  case html, ipynb, md
}

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a lesson's last run as one file: a page, a Jupyter notebook, Markdown.",
    discussion: """
      The file is made from the record of the run; nothing is computed again.

      Examples:
        lab export positions --to ipynb
        lab export 3 --to md --file notes/positions.md
      """)

  @Argument(help: "Slug or number of a lesson.", completion: .list(course.cards.map(\.slug)))
  var lesson: String

  @Option(help: "html: one page. ipynb: a notebook for Jupyter. md: Markdown, pictures beside it.")
  var to: ExportFormat

  @Option(help: "The file to write (default: in .lab/exports).", completion: .file())
  var file: String?

  @Option(help: "Where runs are kept (default: .lab/runs).", completion: .directory)
  var output: String?

  func run() throws {
    do {
      let card = try course.lesson(named: lesson).card
      let runs = output.map { URL(fileURLWithPath: $0) } ?? RunsFolder.standard
      let folder = RunFolder(runs.appendingPathComponent(card.slug))
      guard FileManager.default.fileExists(atPath: folder.record.path) else {
        throw PageMissing(slug: card.slug, runs: output)
      }
      let record = try folder.loadRecord()
      let name = "\(card.fileStem).\(to.rawValue)"
      let target =
        try file.map { try chosenFile($0, name) } ?? RunsFolder.exports.appendingPathComponent(name)
      do {
        try write(record, from: folder, to: target)
      } catch let error as FolderError {
        throw ExportError(trouble: "Cannot write \(error.path): \(error.reason).", example: name)
      }
      let terminal = Terminal.standardOutput
      terminal.write(terminal.style(noColor: false).path(target.path) + "\n")
    } catch {
      throw ExitStatus.leave(with: error)
    }
  }

  /// The file that the reader named; a folder is none.
  private func chosenFile(_ path: String, _ name: String) throws(ExportError) -> URL {
    guard !path.isEmpty else {
      throw ExportError(trouble: "'' is no file's name.", example: name)
    }
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard !path.hasSuffix("/"), !(isThere && isFolder.boolValue) else {
      throw ExportError(
        trouble: "\(path) is a folder, not a file.",
        example: path.hasSuffix("/") ? path + name : "\(path)/\(name)")
    }
    return URL(fileURLWithPath: path)
  }

  private func write(_ record: RunRecord, from folder: RunFolder, to target: URL) throws {
    let place = RunFolder(target.deletingLastPathComponent())
    try place.prepare()
    switch to {
    case .html: try place.write(HTMLPage.data(of: record, in: folder), to: target)
    case .ipynb:
      let notebook = NotebookExport(record) {
        FileManager.default.contents(atPath: folder.file($0).path)
      }
      try place.write(try notebook.data(), to: target)
    case .md:
      try Gallery(folder: place).take(record, from: folder)
      try place.write(Data(MarkdownExport(record).text.utf8), to: target)
    }
  }
}

/// A place where an export cannot be written.
struct ExportError: Error, CustomStringConvertible {
  let trouble: String
  let example: String

  var description: String { "\(trouble) Name the file to write, for instance: --file \(example)" }
}
