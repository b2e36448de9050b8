import Communication
import Foundation
import TestSupport
import Testing

@Suite(
  "Ranks that cannot go on", .needs(program: "mpiexec"), .serialized, .timeLimit(.minutes(30)))
struct FaultTests {
  @Test("a rank that is killed: its number, the exit code, no process left")
  func killed() throws {
    let ranks = try Ranks.endless(3)
    #expect(kill(pid_t(ranks.started.pids[1]), SIGKILL) == 0)
    let error = #expect(throws: RankProgramError.self) { try ranks.finish() }
    guard case .killed(1, 9, let progress?) = error else {
      Issue.record("\(error.map { "\($0)" } ?? "no error")")
      return
    }
    #expect(progress.of == 1_000_000 && progress.finished > 0)
    #expect(error?.exitCode == 75)
    #expect("\(try #require(error))".hasPrefix("Rank 1 was ended by signal 9 (Killed)"))
    #expect(Ranks.haveEnded(ranks.started.pids))
  }

  @Test("a rank that hangs: who waited, where, and no process left")
  func hangs() throws {
    let ranks = try Ranks.endless(2, timeOut: 5)
    #expect(kill(pid_t(ranks.started.pids[1]), SIGSTOP) == 0)
    let error = #expect(throws: RankProgramError.self) { try ranks.finish() }
    #expect(error?.exitCode == 75)
    let sentence = "\(try #require(error))"
    #expect(sentence.hasPrefix("Rank 0 waited 5 s "), "\(sentence)")
    #expect(sentence.contains("Rank 1 hangs, is much slower"), "\(sentence)")
    #expect(Ranks.haveEnded(ranks.started.pids))
  }

  @Test("the program that started the ranks goes away: no process left")
  func stopped() throws {
    let ranks = try Ranks.endless(2)
    ranks.running.stop()
    #expect(Ranks.haveEnded(ranks.started.pids))
  }

  @Test("a time limit for all ranks")
  func timeLimit() throws {
    var program = try Ranks.program(
      2, ["attention", "--length", "512", "--repeats", "1000000", "--no-compare"])
    program.timeLimit = 3
    let limited = program
    let error = #expect(throws: RankProgramError.self) { try limited.run() }
    #expect(error == .timeLimit(seconds: 3, rankCount: 2, message: ""))
    #expect(error?.exitCode == 75)
  }

  @Test(
    "divisions that are not possible: one sentence, exit code 64",
    arguments: [
      (["--layout", "zigzag", "--length", "5"], "5 tokens are too few for 3 ranks"),
      (["--technique", "ulysses"], "3 ranks do not. Use 2 ranks, or the ring."),
      (["--technique", "all-gather", "--layout", "striped"], "Use 'zigzag', which is as even."),
      (["--heads", "4", "--kv-heads", "3"], "4 heads cannot share 3 key/value heads evenly."),
      (["--length", "0"], "--length is 0; it must be positive."),
      (["--layout", "spiral"], "The value 'spiral' is invalid for '--layout <layout>'"),
    ])
  func usage(arguments: [String], words: String) throws {
    let (sentence, status) = try Ranks.failure(3, ["attention"] + arguments)
    #expect(sentence.components(separatedBy: words).count == 2, "\(sentence)")
    #expect(status == 64)
  }

  @Test("two builds of the program: which rank, and exit code 65")
  func otherBuild() throws {
    let other = FileManager.default.temporaryDirectory.appendingPathComponent(
      "lab-rank-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: try Ranks.binary(), to: other)
    defer { try? FileManager.default.removeItem(at: other) }
    let file = try FileHandle(forWritingTo: other)
    try file.seekToEnd()
    try file.write(contentsOf: Data([0]))
    try file.close()
    let (sentence, status) = try Ranks.failure(
      1, ["attention", ":", "-n", "1", other.path, "attention"])
    #expect(sentence.hasPrefix("Rank 1 on ") && sentence.contains("runs another build of lab-rank"))
    #expect(status == 65)
  }

  @Test("help is printed once")
  func help() throws {
    let output = String(decoding: try Ranks.program(2, ["--help"]).run(), as: UTF8.self)
    #expect(output.components(separatedBy: "USAGE: lab-rank").count == 2, "\(output)")
  }
}
