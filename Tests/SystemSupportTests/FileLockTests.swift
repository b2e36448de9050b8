import Foundation
import SystemSupport
import TestSupport
import Testing

/// The other processes of these tests lock with `flock` of util-linux, which is not our code.
@Suite(.timeLimit(.minutes(30))) struct FileLockTests {
  private static let flock = Program.find("flock")

  /// A process that holds the lock; it has it when this returns.
  private func holder(of file: URL) throws -> RunningProgram {
    let program = Program(
      try #require(Self.flock),
      arguments: [file.path, "sh", "-c", "echo locked; exec cat"])
    let running = try program.start()
    try #require(running.readLine(within: 60) == Data("locked".utf8))
    return running
  }

  /// The error of taking the lock; nil if there is none.
  private func failure(_ file: URL) -> FileLockError? {
    do throws(FileLockError) {
      _ = try FileLock(file, command: "the second")
      return nil
    } catch {
      return error
    }
  }

  private func named(in error: FileLockError?) -> FileLockHolder? {
    if case .held(_, let holder) = error { return holder }
    return nil
  }

  @Test func oneHolderAtATime() throws {
    let folder = try ScratchFolder()
    let file = folder.url.appendingPathComponent(".lock")
    let lock = try FileLock(file, command: "the first")
    for _ in 0..<2 {
      let error = try #require(failure(file))
      let holder = try #require(named(in: error))
      #expect(holder.command == "the first" && holder.processID == getpid())
      #expect(abs(holder.since.timeIntervalSinceNow) < 60)
      #expect(error.description.contains("process \(getpid()) (the first) since 20"))
    }
    lock.unlock()
    lock.unlock()
    #expect(try Data(contentsOf: file).isEmpty)
    let next = try FileLock(file, command: "the second")
    #expect(try String(contentsOf: file, encoding: .utf8).contains("the second"))
    next.unlock()
  }

  @Test func aLockEndsWithItsOwner() throws {
    let folder = try ScratchFolder()
    let file = folder.url.appendingPathComponent(".lock")
    for _ in 0..<3 { _ = try FileLock(file) }
  }

  @Test(.needs(program: "flock"))
  func theSystemReleasesTheLockOfAKilledProcess() throws {
    let folder = try ScratchFolder()
    let file = folder.url.appendingPathComponent(".lock")
    let other = try holder(of: file)
    #expect(throws: FileLockError.held(path: file.path, by: nil)) { try FileLock(file) }
    other.stop()
    try FileLock.wait(for: file, atMost: 60).unlock()
  }

  @Test(.needs(program: "flock"))
  func waitingHasALimitAndIsTold() throws {
    let folder = try ScratchFolder()
    let file = folder.url.appendingPathComponent(".lock")
    let other = try holder(of: file)
    var notices: [String] = []
    #expect(throws: FileLockError.held(path: file.path, by: nil)) {
      try FileLock.wait(for: file, atMost: 0.2) { notices.append($0) }
    }
    #expect(notices == ["Waiting for another process, which uses \(file.path)."])
    // The other process ends while this one waits.
    var lock: FileLock?
    lock = try FileLock.wait(for: file, atMost: 60) { notice in
      notices.append(notice)
      other.closeInput()
    }
    #expect(notices.count == 2)
    lock?.unlock()
    try FileLock.wait(for: file, atMost: 0) { notices.append($0) }.unlock()
    #expect(notices.count == 2)
    lock = nil
  }

  /// A counter in a file, which loses counts if two processes read it at once.
  @Test(.needs(program: "flock"))
  func severalProcessesCount() throws {
    let folder = try ScratchFolder()
    let (file, counter) = (folder.file("counter.lock"), folder.file("counter"))
    try Data("0".utf8).write(to: counter)
    let script =
      "for i in 1 2 3 4 5 6 7 8; do flock \"$0\" sh -c 'n=$(cat \"$0\"); "
      + "echo $((n + 1)) > \"$0\"' \"$1\"; done"
    let others = try (0..<3).map { _ in
      try Program(
        URL(fileURLWithPath: "/bin/sh"), arguments: ["-c", script, file.path, counter.path]
      ).start()
    }
    for _ in 0..<20 {
      let lock = try FileLock.wait(for: file, atMost: 60)
      let text = try String(contentsOf: counter, encoding: .utf8)
      let count = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
      try Data("\(count + 1)".utf8).write(to: counter)
      lock.unlock()
      usleep(1000)
    }
    for other in others { #expect(try other.finish(within: 60) == .exit(0)) }
    let text = try String(contentsOf: counter, encoding: .utf8)
    #expect(text.trimmingCharacters(in: .whitespacesAndNewlines) == "44")
  }

  /// A program that outlives the lock does not keep it.
  @Test func startedProgramsDoNotInheritTheLock() throws {
    let folder = try ScratchFolder()
    let file = folder.url.appendingPathComponent(".lock")
    let lock = try FileLock(file)
    let program = try Program(URL(fileURLWithPath: "/bin/cat")).start()
    lock.unlock()
    try FileLock(file).unlock()
    program.stop()
  }

  @Test func aFolderIsItsOwnLock() throws {
    let folder = try ScratchFolder()
    let lock = try FileLock(folder: folder.url)
    #expect(throws: FileLockError.held(path: folder.url.path, by: nil)) {
      try FileLock.wait(forFolder: folder.url, atMost: 0.1)
    }
    lock.unlock()
    try FileLock(folder: folder.url).unlock()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
    #expect(throws: FileLockError.self) { try FileLock(folder: folder.file("absent")) }
  }

  /// A new file at the path is another lock.
  @Test func aRemovedFileIsMadeAgain() throws {
    let folder = try ScratchFolder()
    let file = folder.url.appendingPathComponent(".lock")
    let lock = try FileLock(file)
    try FileManager.default.removeItem(at: file)
    let other = try FileLock(file)
    lock.unlock()
    #expect(throws: FileLockError.self) { try FileLock(file) }
    other.unlock()
  }

  @Test func pathsThatCannotBeLocked() throws {
    let folder = try ScratchFolder()
    let names = ["pipe", "link", "folder", "absent/file"]
    mkfifo(folder.file("pipe").path, 0o600)
    try Data("text".utf8).write(to: folder.file("target"))
    try FileManager.default.createSymbolicLink(
      at: folder.file("link"), withDestinationURL: folder.file("target"))
    try FileManager.default.createDirectory(
      at: folder.file("folder"), withIntermediateDirectories: false)
    for name in names {
      let path = folder.file(name).path
      let error = try #require(failure(folder.file(name)), "\(name)")
      #expect(named(in: error) == nil)
      #expect(error.description.hasPrefix("The lock file \(path) cannot be opened: "))
    }
    #expect(try String(contentsOf: folder.file("target"), encoding: .utf8) == "text")
  }

  /// A lock file in a shared folder may contain anything.
  @Test(
    .needs(program: "flock"),
    arguments: [
      ("", "another process"), ("{", "another process"), ("\u{0}\u{1}", "another process"),
      (
        #"{"processID":7,"host":"h","command":"\u001b[2J\nlab\u202e","since":1e300}"#,
        #"process 7 on h (\u{1B}[2J\u{A}lab\u{202E}) since ?"#
      ),
    ])
  func anythingInALockFile(content: String, words: String) throws {
    let folder = try ScratchFolder()
    let file = folder.url.appendingPathComponent(".lock")
    try Data(content.utf8).write(to: file)
    let other = try holder(of: file)
    let error = try #require(failure(file))
    #expect(error.description.contains("is locked by \(words). "), "\(error)")
    other.stop()
    // Nothing of it is left, even if it was longer than what is written now.
    try FileLock.wait(for: file, atMost: 60).unlock()
    #expect(try Data(contentsOf: file).isEmpty)
  }
}

extension ScratchFolder {
  func file(_ name: String) -> URL { url.appendingPathComponent(name) }
}
