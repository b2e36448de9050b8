import Foundation
import TestSupport

/// A folder of its own for one test, gone afterwards.
func withFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("corpora-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}

/// A shell script that stands in for a program; gives its path.
func program(_ lines: String, in folder: URL) throws -> String {
  let url = folder.appendingPathComponent("program-\(UUID().uuidString)")
  try writeProgram(lines, to: url)
  return url.path
}
