import Foundation
import LessonKit
import SystemSupport

/// The file that a command writes a run into.
struct ExportFile {
  /// The value of `--file`; nil for a file in the folder of exports.
  let path: String?
  /// The name of the file in the folder of exports, and in the advice of errors.
  let name: String

  /// Whether the export goes to standard output.
  var isPrinted: Bool { ["-", "/dev/stdout"].contains(path) }

  /// Writes what `content` returns. It gets the folder of the file, to write others beside it. All
  /// paths are checked before. The folder of `--file` must exist; that of exports is created.
  /// - Returns: the file.
  /// - Throws: `ExportError`, or an error of `content`.
  func write(_ content: (RunFolder) throws -> Data) throws -> URL {
    let target =
      path.map { URL(fileURLWithPath: $0) } ?? LabFolder.exports.appendingPathComponent(name)
    let links: AtomicFile.Links = path == nil ? .refused : .followed
    do {
      if let path, path.hasSuffix("/") {
        throw ExportError(path: path, reason: "It is a folder", example: path + name)
      }
      try AtomicFile.check(target, links: links)
      let folder = RunFolder(target.deletingLastPathComponent())
      if path != nil, !FileManager.default.fileExists(atPath: folder.url.path) {
        throw ExportError(
          path: target.path,
          reason: "The folder \(folder.url.path) does not exist; create it first", example: name)
      }
      try folder.prepare()
      try AtomicFile.write(try content(folder), to: target, links: links)
    } catch let error as FolderError {
      // The sentence of FolderError names --output, which is for runs.
      throw ExportError(path: target.path, reason: error.reason, example: name)
    } catch let error as SystemError {
      throw problem(error, target)
    }
    return target
  }

  private func problem(_ error: SystemError, _ target: URL) -> ExportError {
    switch error.code {
    case EISDIR:
      ExportError(
        path: target.path, reason: "It is a folder", example: "\(path ?? target.path)/\(name)")
    case ENOTDIR:
      ExportError(
        path: target.path, reason: "A part of this path is a file, not a folder", example: name)
    default: ExportError(path: target.path, reason: error.description, example: name)
    }
  }
}

/// A path that an export cannot be written to.
struct ExportError: Error, CustomStringConvertible {
  let path: String
  let reason: String
  let example: String

  var description: String {
    "Cannot write \(path): \(reason). Use - to print the export, or name another file, for "
      + "instance:\n  --file \(example.shellWord)"
  }
}
