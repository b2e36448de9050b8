import Foundation
import SystemSupport

// Only files that `lab` wrote are replaced or removed. The folder of `--output` or `--gallery` can
// be any folder, such as one with a web site in it. No list of files is kept: each kind of file is
// recognized by its content, and the record names the figures of its run.
extension RunFolder {
  /// Checks that the record and the page here may be replaced.
  /// - Throws: `FolderError` if there is such a file and `lab` did not write it.
  package func checkOwnFiles() throws(FolderError) {
    try checkOwn(record, by: RunRecord.isRecord)
    try checkOwn(page, by: isPage)
  }

  /// Checks that a page may be written to `file`.
  package func checkPage(_ file: URL) throws(FolderError) { try checkOwn(file, by: isPage) }

  /// Writes the figures into this folder. A figure of the same name is replaced, if it is a PNG.
  /// Nothing is written if one of them cannot be. Of two processes, one writes all its figures
  /// before the other begins, where the file system can lock a folder.
  package func copyFigures(_ figures: RecordFigures) throws(FolderError) {
    let lock = try? FileLock.wait(forFolder: url, atMost: 30)
    defer { withExtendedLifetime(lock) {} }
    for name in figures.names { try checkFigure(figure(name)) }
    for name in figures.names {
      guard let data = figures[name] else { continue }
      try write(data, to: figure(name))
    }
  }

  /// Checks that a figure may be written to `file`.
  func checkFigure(_ file: URL) throws(FolderError) {
    try checkOwn(file) { pngSize(of: $0) != nil }
  }

  private func checkOwn(_ file: URL, by isOwn: (Data) -> Bool) throws(FolderError) {
    let data: Data
    do throws(SystemError) {
      data = try RegularFile.read(file, byteLimit: 100_000_000)
    } catch {
      guard ![ENOENT, ENOTDIR].contains(error.code) else { return }
      throw FolderError(path: file.path, reason: error.description)
    }
    guard isOwn(data) else {
      throw FolderError(path: file.path, reason: "lab did not write the file that is there")
    }
  }
}

extension RunFolder {
  /// Moves the files of the run here to another folder, in place of the run there.
  ///
  /// If neither folder has other files, this one is renamed, which other processes see as a single
  /// change. Otherwise the reader's own files stay where they are.
  func moveRun(to target: RunFolder) throws(FolderError) {
    target.removeRun()
    let names = namesOfRun
    let all = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    if Set(all).isSubset(of: names), rename(url.path, target.url.path) == 0 { return }
    try FolderError.makeFolder(target.url)
    try target.checkOwnFiles()
    for name in names where rename(file(name).path, target.file(name).path) != 0 {
      throw FolderError(path: target.file(name).path, reason: SystemError.last.description)
    }
  }

  /// Removes the files of the run here, and the folder if nothing else is in it.
  func removeRun() {
    for name in namesOfRun { unlink(file(name).path) }
    rmdir(url.path)
  }

  /// Removes the figures that a record names.
  func removeFigures(of record: RunRecord) {
    for figure in record.figures { unlink(self.figure(figure.file).path) }
  }

  /// The names of the files that the run here wrote, the record last. A file that looks otherwise
  /// than `lab` writes it is not among them.
  private var namesOfRun: [String] {
    guard hasRecord else { return [] }
    var names = ((try? loadRecord())?.figures ?? []).map(\.file.description)
    names += [page.lastPathComponent, record.lastPathComponent]
    let isForeign = (try? checkOwnFiles()) == nil
    return isForeign ? [] : names.filter { FileManager.default.fileExists(atPath: file($0).path) }
  }
}

/// Whether the bytes are an HTML page of `lab`.
private func isPage(_ data: Data) -> Bool {
  let head = String(decoding: data.prefix(2000), as: UTF8.self)
  return head.contains(documentMark)
}

extension RunRecord {
  /// Whether the bytes are a record, perhaps of another version, or a part of one.
  static func isRecord(_ data: Data) -> Bool {
    struct Marks: Decodable {
      struct Card: Decodable { var slug: String }
      var version: Int
      var lesson: Card
    }
    if (try? JSONDecoder().decode(Marks.self, from: data)) != nil { return true }
    let isComplete = (try? JSONSerialization.jsonObject(with: data)) != nil
    // The beginning of what `encoded` writes.
    let head = String(decoding: data.prefix(20), as: UTF8.self)
    return !isComplete && (data.isEmpty || "{\n  \"cells\" : [".hasPrefix(head.prefix(15)))
  }
}
