import ArgumentParser
import Foundation
import LessonKit

enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
  case html, ipynb, md
}

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a lesson's last run as HTML, as a Jupyter notebook or as Markdown.",
    discussion: """
      The file is made from the record of the run. Nothing is computed again.

      Examples:
        lab export positions --to ipynb
        lab export 3 --to md --file notes/positions.md
      """)

  @Argument(help: "Name or number of a lesson.", completion: .list(lessonNames))
  var lesson: String

  @Option(help: "html (one page), ipynb (Jupyter notebook) or md (Markdown, with figure files).")
  var to: ExportFormat

  @Option(help: "The file to write (default: in .lab/exports).", completion: .file())
  var file: String?

  @OptionGroup var runs: RunsFolderOption

  func run() throws {
    let card = try course.lesson(named: lesson).card
    let folder = runs.folder(of: card)
    guard folder.readable.hasRecord else {
      throw PageMissing(slug: card.slug, runs: runs.output)
    }
    let name = "\(card.fileStem).\(to.rawValue)"
    let target =
      try file.map { try chosenFile($0, name) } ?? LabFolder.exports.appendingPathComponent(name)
    do {
      // Written again if a new run replaced the figures meanwhile.
      try folder.reading { record, folder in try write(record, from: folder, to: target) }
    } catch let error as FolderError {
      // The sentence of FolderError names --output, which is for runs.
      throw ExportError(problem: "Cannot write \(error.path): \(error.reason).", example: name)
    }
    let terminal = Terminal.standardOutput
    terminal.write(terminal.style(noColor: false).path(target.path) + "\n")
  }

  /// - Throws: `ExportError` if the path is empty or a folder.
  private func chosenFile(_ path: String, _ name: String) throws(ExportError) -> URL {
    guard !path.isEmpty else {
      throw ExportError(problem: "'' is not a file name.", example: name)
    }
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard !path.hasSuffix("/"), !(exists && isFolder.boolValue) else {
      throw ExportError(
        problem: "\(path) is a folder, not a file.",
        example: path.hasSuffix("/") ? path + name : "\(path)/\(name)")
    }
    return URL(fileURLWithPath: path)
  }

  private func write(_ record: RunRecord, from folder: RunFolder, to target: URL) throws {
    let targetFolder = RunFolder(target.deletingLastPathComponent())
    try targetFolder.prepare()
    switch to {
    case .html: try targetFolder.write(HTMLPage.data(of: record, in: folder), to: target)
    case .ipynb:
      let notebook = NotebookExport(record) {
        FileManager.default.contents(atPath: folder.file($0).path)
      }
      try targetFolder.write(try notebook.data(), to: target)
    case .md:
      try targetFolder.copyFigures(of: record, from: folder)
      try targetFolder.write(Data(MarkdownExport(record).text.utf8), to: target)
    }
  }
}

/// A path that an export cannot be written to.
struct ExportError: Error, CustomStringConvertible {
  let problem: String
  let example: String

  var description: String { "\(problem) Name the file to write, for instance: --file \(example)" }
}
