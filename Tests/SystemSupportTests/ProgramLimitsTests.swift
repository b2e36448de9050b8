import Foundation
import SystemSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct ProgramLimitsTests {
  private func shell(_ script: String, _ limits: Program.Limits) -> Program {
    var program = Program(URL(fileURLWithPath: "/bin/sh"), arguments: ["-c", script])
    program.limits = limits
    program.timeLimit = 60
    return program
  }

  @Test func aProgramWithinItsLimits() throws {
    var program = shell(
      "cat; echo err >&2; exit 3",
      .init(processorSeconds: 5, outputBytes: 1_000_000, memoryBytes: 100_000_000))
    program.input = Data(repeating: 7, count: 200_000)
    let result = try program.run()
    #expect(result.end == .exit(3) && result.output == program.input)
    #expect(result.errorText == "err\n" && result.processorSeconds < 5)
    #expect(try shell("kill -SEGV $$", .init(processorSeconds: 5)).run().end == .signal(SIGSEGV))
  }

  @Test(arguments: ["", "trap '' XCPU; "])
  func processorTime(before: String) throws {
    let result = try shell(
      before + "echo begun; while :; do :; done", .init(processorSeconds: 1)
    ).run()
    #expect(result.end == .processorLimit && result.outputText == "begun\n")
    // Linux counts clock ticks for the limit and run time for the result. On a machine that shares
    // its processors, a tick can be shorter than it says.
    #expect(result.processorSeconds > 0.2 && result.processorSeconds < 4)
  }

  /// It sleeps, and so uses no processor time.
  @Test func time() throws {
    var program = shell("sleep 60", .init(processorSeconds: 1))
    program.timeLimit = 0.3
    let result = try program.run()
    #expect(result.end == .timeLimit && result.processorSeconds < 0.3)
  }

  @Test func bytesThroughAPipe() throws {
    var program = shell("while :; do echo on and on; done", .init(outputBytes: 1_000_000))
    program.outputLimit = 1000
    let result = try program.run()
    #expect(result.end == .outputLimit && result.output.count == 1000)
  }

  @Test func bytesInAFile() throws {
    let folder = try ScratchFolder()
    let file = folder.url.appendingPathComponent("endless").path
    var program = shell(
      "exec > \"$0\"; while :; do echo on and on; done", .init(outputBytes: 1_000_000))
    program.arguments.append(file)
    #expect(try program.run().end == .outputLimit)
    #expect(try Data(contentsOf: URL(fileURLWithPath: file)).count == 1_000_000)
  }

  #if os(Linux)
    /// No file is too large; children write them.
    @Test func bytesInManyFiles() throws {
      let folder = try ScratchFolder()
      var program = shell(
        "while :; do i=$((i + 1)); head -c 300000 /dev/zero > f$i; done",
        .init(outputBytes: 1_000_000))
      program.folder = folder.url
      program.timeLimit = 60
      #expect(try program.run().end == .outputLimit)
    }

    /// The program stops the process that would end it.
    @Test func aStoppedSupervisor() throws {
      var program = shell("kill -STOP $PPID; sleep 600", .init(memoryBytes: 100_000_000))
      program.timeLimit = 0.5
      let start = ContinuousClock.now
      #expect(try program.run().end == .timeLimit)
      #expect(ContinuousClock.now - start < .seconds(60))
    }
  #endif

  /// One megabyte at a time, in a child of the program.
  @Test func memory() throws {
    let result = try shell(
      "(x=$(head -c 1000000 /dev/zero | tr '\\0' a); while :; do y=$y$x; done); exit 0",
      .init(memoryBytes: 60_000_000)
    ).run()
    #expect(result.end == .memoryLimit && result.peakMemoryBytes > 60_000_000)
  }

  #if os(Linux)
    /// A session of its own, two forks, and an environment without anything of the program's.
    @Test(arguments: [
      "setsid sleep 600 & echo $!; sleep 0.2",
      "(env -i setsid sh -c 'echo $$; exec sleep 600' &); sleep 1",
      "(env -i setsid sh -c 'echo $$; exec sleep 600' &); sleep 1; while :; do :; done",
      "(trap '' TERM HUP; (setsid sh -c 'trap \"\" TERM; echo $$; exec sleep 600' &) ); sleep 600",
    ])
    func nothingIsLeftBehind(script: String) throws {
      var program = shell(script, .init(processorSeconds: 30))
      program.timeLimit = 3
      let result = try program.run()
      let child = try #require(Int32(result.outputText.trimmingCharacters(in: .newlines)))
      try expectGone(child)
    }

    @Test func stoppingEndsEverything() throws {
      let program = try shell(
        "(setsid sh -c 'echo $$; exec sleep 600' &); sleep 600", .init(processorSeconds: 30)
      ).start()
      let line = try #require(program.readLine(within: 30))
      let child = try #require(Int32(String(decoding: line, as: UTF8.self)))
      program.stop()
      try expectGone(child)
    }
  #endif

  @Test func aMissingProgram() throws {
    var program = Program(URL(fileURLWithPath: "/nowhere/program"))
    program.limits = .init(processorSeconds: 1)
    let reason = "No such file or directory"
    #expect(throws: ProgramError.cannotStart(path: program.url.path, reason: reason)) {
      try program.run()
    }
  }
}
