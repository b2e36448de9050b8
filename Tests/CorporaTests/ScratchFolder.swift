import Foundation
import TestSupport

/// A temporary folder for one test, removed afterwards.
func withFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("corpora-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}

/// Writes a shell script that replaces a program, and returns its path.
func program(_ lines: String, in folder: URL) throws -> String {
  let url = folder.appendingPathComponent("program-\(UUID().uuidString)")
  try writeProgram(lines, to: url)
  return url.path
}
