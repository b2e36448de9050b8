import Corpora
import Foundation
import TestSupport
import Testing

@Suite struct KingJamesTests {
  @Test(.needs(program: "bible"))
  func theWholeBookWithoutReferences() throws {
    let text = String(decoding: try Corpus(.kingJames).bytes, as: UTF8.self)
    // Only two lines are compared: a failed check prints its values, and the book is long.
    let lines = text.split(separator: "\n")
    let ends = [lines.first, lines.last].map { $0.map(String.init) }
    #expect(
      ends == [
        "In the beginning God created the heaven and the earth.",
        "The grace of our Lord Jesus Christ be with you all. Amen.",
      ])
    // The counts of verses and chapters that every printed edition has.
    #expect(lines.count == 31_102)
    let chapterCount = text.components(separatedBy: "\n\n").count
    #expect(chapterCount == 1_189)
    let digits = text.filter(\.isNumber)
    #expect(digits.isEmpty)
  }

  @Test func aMissingProgramExplainsTheInstallation() {
    for bible in ["/nowhere/bible", "no-such-program-anywhere"] {
      let failure = #expect(throws: CorpusError.self) {
        try Corpus(.kingJames, bible: BibleProgram(bible))
      }
      #expect(failure == .notInstalled(text: "King James Bible", package: "bible-kjv"))
      #expect(failure?.description.contains("sudo apt-get install bible-kjv") == true)
    }
  }

  @Test func versesBecomeLinesAndChaptersParagraphs() throws {
    try withTemporaryFolder { folder in
      let bible = try program(
        "echo 'Ge1:1 One, he said: 1:2.'; echo '1Sm1:2 Two.'; echo '1Sm1:3 Three.';"
          + "echo 'Rev22:21 Amen.'", in: folder)
      let corpus = try Corpus(.kingJames, bible: BibleProgram(bible))
      #expect(
        String(decoding: corpus.bytes, as: UTF8.self)
          == "One, he said: 1:2.\n\nTwo.\nThree.\n\nAmen.\n")
    }
  }

  @Test(arguments: [
    ("echo \"Bad Book: 'foo'\"", "\"Bad Book: 'foo'\" does not begin with a verse"),
    ("echo 'Ge1:1 One.'", "it stops at Ge1:1"), ("true", "output: nothing"),
    ("echo no data >&2; exit 3", "ended with status 3: no data"),
    ("kill -9 $$", "was ended by signal 9"),
  ])
  func aProgramThatGoesWrong(script: String, sentence: String) throws {
    try withTemporaryFolder { folder in
      let bible = try program(script, in: folder)
      let failure = #expect(throws: CorpusError.self) {
        try Corpus(.kingJames, bible: BibleProgram(bible))
      }
      let text = failure?.description ?? ""
      #expect(text.contains(sentence), "\(text)")
    }
  }

  /// A program that never ends is killed, with everything that it started.
  @Test(
    .timeLimit(.minutes(30)), arguments: ["sleep 100", "while true; do :; done", "yes 'Ge1:1 x'"])
  func aProgramThatDoesNotEnd(script: String) throws {
    try withTemporaryFolder { folder in
      let bible = BibleProgram(try program(script, in: folder), timeLimit: 0.5)
      for action in [{ _ = try Corpus(.kingJames, bible: bible) }, { _ = try bible.check() }] {
        let failure = #expect(throws: CorpusError.self) { try action() }
        let text = failure?.description ?? ""
        #expect(text.contains("time limit") && text.contains("--corpus FILE"), "\(text)")
      }
    }
  }

  @Test func oneVerseIsATestOfTheProgram() throws {
    try withTemporaryFolder { folder in
      let good = try program("echo 'Ge1:1 In the beginning'", in: folder)
      #expect(try BibleProgram(good).check().path == good)
      for script in ["true", "echo 'Ge1:2 And'", "echo hello", "exit 127"] {
        let bad = BibleProgram(try program(script, in: folder))
        #expect(throws: CorpusError.self) { try bad.check() }
      }
    }
  }

  /// More output than a pipe holds, on both pipes, standard error first. Nothing may block.
  @Test(.timeLimit(.minutes(30))) func aProgramWithMuchOutputDoesNotBlock() throws {
    try withTemporaryFolder { folder in
      let bible = try program(
        "head -c 1000000 /dev/zero >&2; printf 'Rev22:21 '; head -c 1000000 /dev/zero; echo",
        in: folder)
      let corpus = try Corpus(.kingJames, bible: BibleProgram(bible))
      #expect(corpus.bytes.count == 1_000_001)
    }
  }
}
