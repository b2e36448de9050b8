import Foundation
import TestSupport

/// Writes a shell script that replaces a program, and returns its path.
func program(_ lines: String, in folder: URL) throws -> String {
  let url = folder.appendingPathComponent("program-\(UUID().uuidString)")
  try writeProgram(lines, to: url)
  return url.path
}
