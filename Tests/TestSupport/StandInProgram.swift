import Foundation

/// Writes an executable shell script that replaces a program in a test.
///
/// Another process copies it to its path. If this process wrote it there, a program that another
/// test starts at that moment would inherit the open file, and the system does not run a file that
/// is open for writing.
public func writeProgram(_ lines: String, to url: URL) throws {
  let draft = url.appendingPathExtension("draft")
  try Data("#!/bin/sh\n\(lines)\n".utf8).write(to: draft)
  let copier = Process()
  copier.executableURL = URL(fileURLWithPath: "/bin/cp")
  copier.arguments = [draft.path, url.path]
  try copier.run()
  copier.waitUntilExit()
  try FileManager.default.removeItem(at: draft)
  try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
}
