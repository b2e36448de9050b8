import Foundation
import SystemSupport
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  private func names(_ folder: ScratchFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
  }

  private func mode(_ url: URL) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
    return try #require(attributes[.posixPermissions] as? NSNumber).intValue
  }

  private func link(_ url: URL, to path: String) throws {
    try FileManager.default.createSymbolicLink(atPath: url.path, withDestinationPath: path)
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

  /// A FIFO, a socket and a device stay what they are, also behind a link.
  @Test func onlyRegularFilesAreReplaced() throws {
    let folder = try ScratchFolder()
    let (fifo, socket) = (
      folder.url.appendingPathComponent("fifo"), folder.url.appendingPathComponent("socket")
    )
    #expect(mkfifo(fifo.path, 0o600) == 0)
    try makeSocket(at: socket)
    let toDevice = folder.url.appendingPathComponent("to-device")
    try link(toDevice, to: "/dev/null")
    let before = try names(folder)
    for (url, kind) in [
      (fifo, "a pipe"), (socket, "a socket"), (toDevice, "a device"),
      (URL(fileURLWithPath: "/dev/null"), "a device"),
    ] {
      let error = #expect(throws: SystemError.self) {
        try AtomicFile.write(Data("x".utf8), to: url, links: .followed)
      }
      #expect(error?.description == "It is \(kind), not a file")
      let reading = #expect(throws: SystemError.self) {
        try RegularFile.read(url, byteLimit: 10)
      }
      #expect(reading != nil, "\(url.path)")
    }
    #expect(try names(folder) == before)
  }

  private func makeSocket(at url: URL) throws {
    let handle = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try #require(handle >= 0)
    defer { close(handle) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array(url.path.utf8)
    try withUnsafeMutableBytes(of: &address.sun_path) { bytes in
      try #require(path.count < bytes.count)
      bytes.copyBytes(from: path)
    }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(handle, $0, size) }
    }
    try #require(result == 0)
  }

  @Test func linksAreFollowedOnlyOnRequest() throws {
    let folder = try ScratchFolder()
    let inside = folder.url.appendingPathComponent("folder")
    try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: false)
    let (target, first, second, dangling, ring) = (
      inside.appendingPathComponent("target"), folder.url.appendingPathComponent("first"),
      inside.appendingPathComponent("second"), folder.url.appendingPathComponent("dangling"),
      folder.url.appendingPathComponent("ring")
    )
    try Data("old".utf8).write(to: target)
    try link(first, to: "folder/second")
    try link(second, to: "../folder/target")
    try link(dangling, to: "folder/new")
    try link(ring, to: "ring")
    #expect(throws: SystemError.self) { try AtomicFile.write(Data("x".utf8), to: first) }
    #expect(throws: SystemError.self) { try RegularFile.read(first, byteLimit: 10) }
    #expect(try String(contentsOf: target, encoding: .utf8) == "old")

    try AtomicFile.write(Data("new".utf8), to: first, links: .followed)
    #expect(try String(contentsOf: target, encoding: .utf8) == "new")
    try AtomicFile.write(Data("made".utf8), to: dangling, links: .followed)
    let made = inside.appendingPathComponent("new")
    #expect(try String(contentsOf: made, encoding: .utf8) == "made")
    #expect(throws: SystemError(code: ELOOP)) {
      try AtomicFile.write(Data("x".utf8), to: ring, links: .followed)
    }
    for url in [first, second, dangling, ring] {
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: url.path) != "")
    }
    #expect(try names(folder) == ["dangling", "first", "folder", "ring"])
  }

  @Test func permissionsAreKept() throws {
    let folder = try ScratchFolder()
    let file = folder.url.appendingPathComponent("file")
    try AtomicFile.write(Data("x".utf8), to: file)
    let plain = folder.url.appendingPathComponent("plain")
    let handle = open(plain.path, O_CREAT | O_WRONLY, 0o666)
    close(handle)
    #expect(try mode(file) == mode(plain))
    for wanted in [0o600, 0o640, 0o755] {
      try FileManager.default.setAttributes([.posixPermissions: wanted], ofItemAtPath: file.path)
      try AtomicFile.write(Data("y".utf8), to: file)
      #expect(try mode(file) == wanted)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root may give files away"))
  func ownerIsKeptByRoot() throws {
    let folder = try ScratchFolder()
    let file = folder.url.appendingPathComponent("file")
    try AtomicFile.write(Data("x".utf8), to: file)
    #expect(chown(file.path, 12, 34) == 0)
    try AtomicFile.write(Data("y".utf8), to: file)
    let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
    #expect(attributes[.ownerAccountID] as? NSNumber == 12)
    #expect(attributes[.groupOwnerAccountID] as? NSNumber == 34)
  }

  /// A name of the greatest length leaves no room for a longer temporary one.
  @Test func theLongestName() throws {
    let folder = try ScratchFolder()
    let name = String(repeating: "n", count: 255)
    try AtomicFile.write(Data("x".utf8), to: folder.url.appendingPathComponent(name))
    #expect(try names(folder) == [name])
  }

  @Test func onlyUpToALimit() throws {
    let folder = try ScratchFolder()
    let file = folder.url.appendingPathComponent("file")
    try AtomicFile.write(Data("12345".utf8), to: file)
    #expect(try RegularFile.read(file, byteLimit: 5) == Data("12345".utf8))
    let error = #expect(throws: SystemError.self) { try RegularFile.read(file, byteLimit: 4) }
    #expect(error?.description == "It has 5 bytes, and at most 4 are read")
    #expect(throws: SystemError(code: ENOENT)) {
      try RegularFile.read(folder.url.appendingPathComponent("absent"), byteLimit: 4)
    }
  }
}

@Suite struct SystemErrorTests {
  /// Foundation's own text would be "Error Domain=NSCocoaErrorDomain Code=516 …".
  @Test func errorsOfFoundationAreSentences() throws {
    let folder = try ScratchFolder()
    let (file, absent) = (
      folder.url.appendingPathComponent("file"), folder.url.appendingPathComponent("absent")
    )
    try Data("text".utf8).write(to: file)
    let files = FileManager.default
    let inFile = file.appendingPathComponent("inside")
    let calls: [(String, () throws -> Void)] = [
      ("No such file or directory", { _ = try Data(contentsOf: absent) }),
      ("No such file or directory", { try files.removeItem(at: absent) }),
      ("File exists", { try files.copyItem(at: file, to: file) }),
      ("File exists", { try files.moveItem(at: file, to: file) }),
      ("File exists", { try files.createDirectory(at: file, withIntermediateDirectories: false) }),
      (
        "Not a directory",
        { try files.createDirectory(at: inFile, withIntermediateDirectories: true) }
      ),
      ("Is a directory", { _ = try Data(contentsOf: folder.url) }),
      ("Is a directory", { try Data().write(to: folder.url) }),
      ("No such file or directory", { _ = try FileHandle(forReadingFrom: absent) }),
      ("not JSON", { _ = try JSONDecoder().decode([Int].self, from: Data("{".utf8)) }),
    ]
    for (index, (reason, call)) in calls.enumerated() {
      do {
        try call()
        Issue.record("call \(index) does not fail")
      } catch {
        let text = sentence(for: error)
        #expect(text.contains(reason) && text.hasSuffix("."), "call \(index): \(text)")
        #expect(!text.contains("Domain") && !text.contains("Optional"), "call \(index): \(text)")
        #expect(!SystemError(error).description.hasSuffix("."), "call \(index)")
      }
    }
  }

  private struct Own: Error, CustomStringConvertible {
    let description = "An error of this package."
  }

  @Test func otherErrorsDescribeThemselves() {
    #expect(sentence(for: Own()) == "An error of this package.")
    #expect(SystemError(SystemError(code: ENOSPC)) == SystemError(code: ENOSPC))
  }
}
