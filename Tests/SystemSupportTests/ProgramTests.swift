import Foundation
import SystemSupport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct ProgramTests {
  private func shell(_ script: String) -> Program {
    Program(URL(fileURLWithPath: "/bin/sh"), arguments: ["-c", script])
  }

  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let duration = try ContinuousClock().measure(body)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  @Test func outputErrorsAndStatus() throws {
    let result = try shell("echo out; echo err >&2; exit 3").run()
    #expect(result.end == .exit(3))
    #expect(result.outputText == "out\n" && result.errorText == "err\n" && !result.isTruncated)
  }

  @Test func argumentsEnvironmentAndFolder() throws {
    var program = shell("printf '%s|' \"$0\" \"$FRUIT\" \"$PATH\"; pwd -P")
    program.arguments.append("two words")
    program.environment = ["FRUIT": "a pear"]
    program.folder = URL(fileURLWithPath: "/")
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    #expect(try program.run().outputText == "two words|a pear|\(path)|/\n")
  }

  /// More than any pipe holds, in all three directions at once.
  @Test func muchInputAndOutput() throws {
    var program = shell("head -c 1000000 /dev/zero >&2; cat")
    program.input = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) })
    let result = try program.run()
    #expect(result.end == .exit(0))
    #expect(result.output == program.input)
    #expect(result.errors.count == 1_000_000)
  }

  @Test func inputThatIsReadLate() throws {
    var program = shell("sleep 0.3; cat")
    program.input = Data(repeating: 7, count: 200_000)
    #expect(try program.run().output.count == 200_000)
  }

  @Test func inputThatIsNotRead() throws {
    var program = shell("exec <&-; sleep 0.1; echo done")
    program.input = Data(repeating: 7, count: 1_000_000)
    let result = try program.run()
    #expect(result.end == .exit(0) && result.outputText == "done\n")
    #expect(try shell("cat").run().output.isEmpty, "no input is an empty input")
  }

  @Test func aProgramThatHangs() throws {
    var program = shell("echo begun; sleep 60")
    program.timeLimit = 0.3
    var result: Program.Result?
    let time = try seconds { result = try program.run() }
    #expect(result?.end == .timeLimit && result?.outputText == "begun\n")
    #expect(time < 20)
  }

  /// `sleep` inherits the pipes; waiting for their end would take as long as it sleeps.
  @Test func childrenEndWithTheProgram() throws {
    var result: Program.Result?
    let time = try seconds { result = try shell("sleep 60 & echo $!").run() }
    #expect(result?.end == .exit(0) && time < 20)
    let child = try #require(Int32(result?.outputText.dropLast() ?? ""))
    try expectGone(child)
  }

  @Test func childrenEndAtTheTimeLimit() throws {
    var program = shell("sleep 60 & echo $!; wait")
    program.timeLimit = 0.3
    try expectGone(try #require(Int32(try program.run().outputText.dropLast())))
  }

  @Test func aProgramThatIsLeft() throws {
    let folder = try ScratchFolder()
    let file = folder.url.appendingPathComponent("written later")
    var program = shell(
      "sleep 4; { ps -o sid= -p $$; ps -o ppid= -p $$; echo $$; } > \"$0\" 2>&1; mv \"$0\" \"$1\""
    )
    program.arguments += [file.path + ".part", file.path]
    let time = try seconds { try program.startDetached() }
    #expect(time < 3)
    for _ in 0..<2000 where !FileManager.default.fileExists(atPath: file.path) { usleep(20_000) }
    let words = try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isWhitespace)
    if words.count == 3 {
      #expect(Int32(words[0]) != getsid(0), "it has a session of its own")
      #expect(Int32(words[1]) != getpid(), "this process is not its parent")
    }
    #expect(throws: ProgramError.cannotStart(path: "/nowhere", reason: "No such file or directory"))
    {
      try Program(URL(fileURLWithPath: "/nowhere")).startDetached()
    }
  }

  @Test func aDetachedProgramThatFailsAtOnce() throws {
    #expect(try shell("exit 4").startDetached(noticingFailureWithin: 20) == 4)
    #expect(try shell("kill -9 $$").startDetached(noticingFailureWithin: 20) == 137)
    #expect(try shell("exit 0").startDetached(noticingFailureWithin: 20) == 0)
    var status: Int32 = -1
    let time = try seconds {
      status = try shell("sleep 30; exit 4").startDetached(noticingFailureWithin: 0.2)
    }
    #expect(status == 0 && time < 20)
  }

  /// A pipe that is open here does not stay open in a browser.
  @Test func aDetachedProgramInheritsNoDescriptor() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    try shell("sleep 30").startDetached(noticingFailureWithin: 0.1)
    close(ends[1])
    var count = -1
    let time = seconds {
      var byte: UInt8 = 0
      count = read(ends[0], &byte, 1)
    }
    #expect(count == 0, "the end of the pipe")
    #expect(time < 20)
    close(ends[0])
  }

  @Test func aProgramThatPrintsTooMuch() throws {
    var program = shell("head -c 5000000 /dev/zero; echo last >&2")
    program.outputLimit = 1000
    let result = try program.run()
    #expect(result.end == .exit(0) && result.isTruncated)
    #expect(result.output.count == 1000 && result.errorText == "last\n")
  }

  @Test func aProgramThatPrintsWithoutEnd() throws {
    var program = shell("while true; do echo on and on; done")
    program.outputLimit = 1000
    program.timeLimit = 1
    let result = try program.run()
    #expect(result.end == .timeLimit && result.output.count == 1000)
  }

  @Test func aProgramThatASignalEnds() throws {
    let end = try shell("kill -SEGV $$").run().end
    #expect(end == .signal(SIGSEGV))
    #expect(end.description.hasPrefix("was ended by signal 11 ("))
  }

  @Test func aMissingProgramAndAFolder() throws {
    let folder = try ScratchFolder()
    let plain = folder.url.appendingPathComponent("plain")
    try Data("text".utf8).write(to: plain)
    for (url, reason) in [
      (URL(fileURLWithPath: "/nowhere/program"), "No such file or directory"),
      (folder.url, "Permission denied"), (plain, "Permission denied"),
    ] {
      #expect(throws: ProgramError.cannotStart(path: url.path, reason: reason)) {
        try Program(url).run()
      }
    }
    #expect(throws: ProgramError.notFound(name: "no-such-program-anywhere")) {
      try Program(named: "no-such-program-anywhere")
    }
  }

  /// A folder and a file that is not executable come first on the path, and are skipped.
  @Test func searchingThePath() throws {
    let scratch = try ScratchFolder()
    let folders = (0..<3).map { scratch.url.appendingPathComponent("\($0)") }
    let names = folders.map { $0.appendingPathComponent("tool") }
    for folder in folders {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    }
    try FileManager.default.createDirectory(at: names[0], withIntermediateDirectories: false)
    try Data().write(to: names[1])
    try writeProgram("echo found", to: names[2])
    let path = folders.map(\.path).joined(separator: ":")
    let found = try #require(Program.find("tool", searchPath: "/nowhere::" + path))
    #expect(found.path == names[2].path)
    #expect(try Program(found).run().outputText == "found\n")
    #expect(Program.find(names[2].path) == names[2])
    for name in ["", "absent", names[0].path, names[1].path] {
      #expect(Program.find(name, searchPath: path) == nil)
    }
    withExtendedLifetime(scratch) {}
  }

  /// If one inherited the other's pipes, the first would wait for the second.
  @Test func twoAtOnce() async throws {
    let programs = (0..<8).map { shell("cat; sleep 0.1; echo \($0)") }
    let texts = try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for (index, program) in programs.enumerated() {
        group.addTask { (index, try program.run().outputText) }
      }
      return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
    }
    #expect(texts == Dictionary(uniqueKeysWithValues: (0..<8).map { ($0, "\($0)\n") }))
  }

  /// `run` closes the error pipe of a program that was not started, and its streams.
  @Test func startingKeepsNoDescriptors() throws {
    func count() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/dev/fd").count
    }
    let before = try count()
    for _ in 0..<40 {
      _ = try? Program(URL(fileURLWithPath: "/nowhere")).run()
      try Program(URL(fileURLWithPath: "/bin/true")).startDetached()
      _ = try shell("exit 0").run()
    }
    // Other tests run at the same time.
    #expect(try count() < before + 30)
  }

  /// The signal that a terminal would send does not reach a program in its own group.
  @Test func theProgramLeadsItsGroup() throws {
    let result = try shell("ps -o pgid= -p $$; echo $$").run()
    let numbers = result.outputText.split(whereSeparator: \.isWhitespace)
    if result.errorText.isEmpty { #expect(numbers.count == 2 && numbers[0] == numbers[1]) }
  }
}

/// Waits until a process has ended. A killed process may be a zombie until its new parent has
/// noticed.
func expectGone(_ id: pid_t) throws {
  for _ in 0..<100 where kill(id, 0) == 0 {
    let state = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
    if state?.contains(") Z ") == true { return }
    usleep(20_000)
  }
  #expect(kill(id, 0) != 0, "process \(id) is still running")
}

/// A folder that is removed with this object.
final class ScratchFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appendingPathComponent("system-support-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
