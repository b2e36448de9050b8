import Foundation
import SystemSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct RunningProgramTests {
  private func start(_ script: String) throws -> RunningProgram {
    try Program(URL(fileURLWithPath: "/bin/sh"), arguments: ["-c", script]).start()
  }

  private func line(_ text: String) -> Data { Data("\(text)\n".utf8) }

  @Test func questionsAndAnswers() throws {
    let program = try start("while read word; do echo \"<$word>\"; done; echo over; exit 2")
    for word in ["one", "two", "three"] {
      try program.write(line(word))
      #expect(program.readLine() == Data("<\(word)>".utf8))
    }
    program.closeInput()
    #expect(program.readLine() == Data("over".utf8))
    #expect(program.readLine() == nil)
    #expect(try program.finish() == .exit(2))
  }

  /// More than a pipe holds before anything is read, in both directions.
  @Test func muchAtOnce() throws {
    let program = try start("cat")
    let long = line(String(repeating: "x", count: 500_000))
    try program.write(long + long)
    #expect(program.readLine()?.count == 500_000)
    #expect(program.readLine()?.count == 500_000)
  }

  @Test func theLastLineNeedsNoNewline() throws {
    let program = try start("printf 'a\\n\\nb'")
    #expect(
      (0..<4).map { _ in program.readLine() } == [Data("a".utf8), Data(), Data("b".utf8), nil])
  }

  @Test func aProgramThatExits() throws {
    let program = try start("echo out of luck >&2; exit 1")
    #expect(program.readLine() == nil)
    #expect(throws: ProgramError.self) {
      for _ in 0..<100 {
        try program.write(line("anybody there?"))
        usleep(10_000)
      }
    }
    #expect(try program.finish() == .exit(1))
    #expect(program.errorText == "out of luck\n")
  }

  @Test func aMissingAnswer() throws {
    let program = try start("echo begun; sleep 60")
    #expect(program.readLine(within: 10) == Data("begun".utf8))
    #expect(program.readLine(within: 0.2) == nil)
    #expect(try program.finish(within: 0.2) == .timeLimit)
  }

  @Test func stoppingTwice() throws {
    let program = try start("sleep 60")
    program.stop()
    program.stop()
    #expect(program.readLine() == nil)
  }
}
