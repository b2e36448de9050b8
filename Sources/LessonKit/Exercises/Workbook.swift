import Foundation

/// The learner's own folder: one file for each exercise that was begun, and what is known of it.
///
/// Nothing in it is ever written over without a copy.
public struct Workbook {
  /// Where the learner's files are.
  public let folder: URL
  /// Where it is kept what is known of each exercise.
  package let progressFolder: URL

  public init(folder: URL, progressFolder: URL) {
    self.folder = folder
    self.progressFolder = progressFolder
  }

  public func file(of exercise: Exercise) -> URL {
    folder.appendingPathComponent(exercise.stem + ".swift")
  }

  public func hasBegun(_ exercise: Exercise) -> Bool {
    FileManager.default.fileExists(atPath: file(of: exercise).path)
  }

  /// Puts the file there as it is given, unless one is there already.
  /// - Returns: whether it was put there now.
  @discardableResult
  public func begin(_ exercise: Exercise) throws -> Bool {
    guard !hasBegun(exercise) else { return false }
    try give(exercise)
    return true
  }

  /// Gives the file back as it was; what the learner wrote is kept beside it.
  /// - Returns: the copy; nil where there was nothing to keep.
  public func reset(_ exercise: Exercise) throws -> URL? {
    guard hasBegun(exercise) else {
      try give(exercise)
      return nil
    }
    let copy = try keepCopy(of: exercise)
    try FileManager.default.removeItem(at: file(of: exercise))
    try give(exercise)
    return copy
  }

  /// Whether the code is still the given one; comments and spaces do not count.
  public func isUntouched(_ exercise: Exercise) throws -> Bool {
    let mine = code(in: try read(file(of: exercise)))
    if mine == code(in: try read(exercise.template)) { return true }
    // The course may have changed since the file was given.
    return progress(of: exercise).given == ByteChecksumText(mine).text
  }

  /// When the learner last saved the file.
  package func savedAt(_ exercise: Exercise) -> Date? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file(of: exercise).path)
    return attributes?[.modificationDate] as? Date
  }

  package func read(_ url: URL) throws(WorkbookError) -> String {
    guard let data = FileManager.default.contents(atPath: url.path) else {
      throw WorkbookError(path: url.path, trouble: "cannot be read")
    }
    return String(decoding: data, as: UTF8.self)
  }

  private func give(_ exercise: Exercise) throws {
    let text = try read(exercise.template)
    let target = RunFolder(folder)
    do throws(FolderError) {
      try target.prepare()
      try target.write(Data(text.utf8), to: file(of: exercise))
    } catch {
      throw WorkbookError(path: error.path, trouble: "cannot be written: \(error.reason)")
    }
    try change(exercise) { $0.given = ByteChecksumText(code(in: text)).text }
  }

  /// Into the first free name of `kept/05-1-online-softmax-1.swift`, …
  private func keepCopy(of exercise: Exercise) throws -> URL {
    let kept = folder.appendingPathComponent("kept")
    try FileManager.default.createDirectory(at: kept, withIntermediateDirectories: true)
    var number = 1
    while true {
      let copy = kept.appendingPathComponent("\(exercise.stem)-\(number).swift")
      if !FileManager.default.fileExists(atPath: copy.path) {
        try FileManager.default.copyItem(at: file(of: exercise), to: copy)
        return copy
      }
      number += 1
    }
  }
}

/// The code of a file without comments and spaces.
func code(in text: String) -> String {
  let source = Tokens(text)
  return source.tokens.indices
    .filter { ![.space, .comment].contains(source.tokens[$0].kind) }
    .map { source.text($0) }.joined(separator: " ")
}

/// A file of the learner's that cannot be read or written.
public struct WorkbookError: Error, Equatable, CustomStringConvertible {
  public let path: String
  public let trouble: String

  public var description: String {
    "\(path) \(trouble). Call lab from a folder that you can write in, or choose one with "
      + "--workbook DIR."
  }
}
