import Foundation
import SystemSupport

/// The bytes of a regular file.
///
/// Pipes and devices are refused, because some of them have no end.
func fileBytes(_ url: URL) throws(CorpusError) -> [UInt8] {
  var status = stat()
  guard stat(url.path, &status) == 0 else {
    throw .unreadable(file: url.path, reason: SystemError.last.description)
  }
  let kind = status.st_mode & S_IFMT
  guard kind != S_IFDIR else { throw .unreadable(file: url.path, reason: "it is a folder") }
  guard kind == S_IFREG else {
    throw .unreadable(file: url.path, reason: "it is not a regular file")
  }
  let bytes: [UInt8]
  do {
    let handle = try FileHandle(forReadingFrom: url)
    defer { try? handle.close() }
    bytes = [UInt8](try handle.readToEnd() ?? Data())
  } catch {
    throw .unreadable(file: url.path, reason: SystemError(error).description)
  }
  guard !bytes.isEmpty else { throw .empty(file: url.path) }
  return bytes
}
