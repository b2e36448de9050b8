import Foundation

/// Runs `body` with a new folder, which is removed afterwards unless it is `kept`.
func withFolder(keptIn kept: String? = nil, _ body: (URL) throws -> Void) throws {
  let files = FileManager.default
  let folder =
    kept.map { URL(fileURLWithPath: $0) }
    ?? files.temporaryDirectory.appendingPathComponent("plotting-\(UUID().uuidString)")
  try files.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { if kept == nil { try? files.removeItem(at: folder) } }
  try body(folder)
}
