import Foundation
import SystemSupport
import Testing

@Suite struct AtomicFileTests {
  private func names(_ folder: ScratchFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
  }

  @Test func aFileIsReplaced() throws {
    let folder = try ScratchFolder()
    let file = folder.url.appendingPathComponent("file")
    for text in ["first", "", "second"] {
      try AtomicFile.write(Data(text.utf8), to: file)
      #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }
    try AtomicFile.replace(file, synchronizes: true) { content throws(SystemError) in
      for part in ["in ", "two parts"] { try content.append(Data(part.utf8)) }
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == "in two parts")
    #expect(try names(folder) == ["file"])
  }

  /// A disk that writes three bytes at a time, with interruptions between, and is full after nine.
  @Test(arguments: [9, 10]) func aFullDisk(byteCount: Int) throws {
    let folder = try ScratchFolder()
    let file = folder.url.appendingPathComponent("file")
    try AtomicFile.write(Data("old".utf8), to: file)
    var (written, isInterrupted) = (0, false)
    let write: AtomicFile.Write = { handle, bytes, count in
      isInterrupted.toggle()
      errno = isInterrupted ? EINTR : ENOSPC
      guard !isInterrupted, written < 9 else { return -1 }
      written += 3
      return AtomicFile.systemWrite(handle, bytes, min(3, count))
    }
    let data = Data(repeating: 65, count: byteCount)
    if byteCount == 9 {
      try AtomicFile.write(data, to: file, by: write)
      #expect(try Data(contentsOf: file) == data)
    } else {
      #expect(throws: SystemError(code: ENOSPC)) {
        try AtomicFile.write(data, to: file, by: write)
      }
      #expect(try String(contentsOf: file, encoding: .utf8) == "old")
    }
    #expect(try names(folder) == ["file"])
  }

  @Test func pathsThatCannotBeWritten() throws {
    let folder = try ScratchFolder()
    let inside = folder.url.appendingPathComponent("folder")
    try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: false)
    for (url, code) in [
      (folder.url.appendingPathComponent("absent/file"), ENOENT), (inside, EISDIR),
    ] {
      #expect(throws: SystemError(code: code)) { try AtomicFile.write(Data("x".utf8), to: url) }
    }
    #expect(try names(folder) == ["folder"])
    #expect(SystemError(code: ENOSPC).description == "No space left on device")
  }
}
