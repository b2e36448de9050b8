import Foundation

/// Writes an empty file whose modification date is later than that of every source file. It
/// replaces a program that was just built: the tests' own program may be older than a source.
public func newerProgram(in folder: URL) throws -> URL {
  let file = folder.appendingPathComponent("program")
  try Data().write(to: file)
  try FileManager.default.setAttributes(
    [.modificationDate: Date.now.addingTimeInterval(3600)], ofItemAtPath: file.path)
  return file
}
