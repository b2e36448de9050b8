import Foundation

/// The bytes of a regular file.
///
/// Pipes and devices are refused, because some of them have no end.
func fileBytes(_ url: URL) throws(CorpusError) -> [UInt8] {
  var status = stat()
  guard stat(url.path, &status) == 0 else {
    throw .unreadable(file: url.path, reason: systemSentence(errno))
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
    let outer = error as NSError
    let deepest = outer.userInfo[NSUnderlyingErrorKey] as? NSError ?? outer
    let reason =
      deepest.domain == NSPOSIXErrorDomain
      ? systemSentence(Int32(deepest.code)) : deepest.localizedDescription
    throw .unreadable(file: url.path, reason: reason)
  }
  guard !bytes.isEmpty else { throw .empty(file: url.path) }
  return bytes
}

/// The system's text, such as "Permission denied".
private func systemSentence(_ code: Int32) -> String {
  String(cString: strerror(code))
}
