import Foundation

/// A stand-in for a program that was built after every source was written; the tests' own may be older
/// than a source.
public func youngProgram(in folder: URL) throws -> URL {
  let file = folder.appendingPathComponent("program")
  try Data().write(to: file)
  try FileManager.default.setAttributes(
    [.modificationDate: Date.now.addingTimeInterval(3600)], ofItemAtPath: file.path)
  return file
}
