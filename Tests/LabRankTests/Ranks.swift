import Communication
import Foundation
import SystemSupport
import Testing

/// Starts the built `lab-rank` by `mpiexec`.
enum Ranks {
  /// The program, beside the test bundle.
  static func binary() throws -> URL {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    let folder = URL(fileURLWithPath: bundle).deletingLastPathComponent()
    return folder.appendingPathComponent("lab-rank")
  }

  static func program(_ rankCount: Int, _ arguments: [String]) throws -> RankProgram {
    RankProgram(try binary(), arguments: arguments, rankCount: rankCount, timeLimit: 600)
  }

  /// The report: the last line of the output.
  static func report<Report: Decodable>(
    _ type: Report.Type, _ rankCount: Int, _ arguments: [String]
  ) throws -> Report {
    let output = try program(rankCount, arguments).run()
    let line = try #require(output.split(separator: UInt8(ascii: "\n")).last)
    return try JSONDecoder().decode(type, from: Data(line))
  }

  /// What a run that fails says, and its exit code.
  static func failure(_ rankCount: Int, _ arguments: [String]) throws -> (String, Int32) {
    let program = try program(rankCount, arguments)
    do throws(RankProgramError) {
      _ = try program.run()
      return ("", 0)
    } catch {
      return ("\(error)", error.exitCode)
    }
  }

  /// Ranks that have begun to compute.
  struct Endless {
    let program: RankProgram
    let running: RunningProgram
    /// What was read of their output.
    let lines: [Data]
    let started: StartedRanks

    /// Reads the rest of the output, and throws the error with which the ranks end.
    func finish() throws {
      var output = Data(lines.joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]
      while let line = running.readLine(within: 300) { output += line + [UInt8(ascii: "\n")] }
      let end = try running.finish(within: 300)
      _ = try program.output(of: end, output, errors: running.errorText)
    }
  }

  /// Starts ranks that compute again and again, and waits until they have begun.
  static func endless(
    _ rankCount: Int, timeOut: Double = 60
  ) throws -> Endless {
    let program = try program(
      rankCount,
      [
        "attention", "--length", "512", "--repeats", "1000000", "--no-compare", "--time-out",
        "\(timeOut)",
      ])
    let running = try program.launcher().start()
    let lines = try (0..<2).map { _ in try #require(running.readLine(within: 300)) }
    return Endless(
      program: program, running: running, lines: lines,
      started: try JSONDecoder().decode(StartedRanks.self, from: lines[0]))
  }

  /// Whether none of the processes is left; one that has ended may be seen for a moment.
  static func haveEnded(_ pids: [Int]) -> Bool {
    for _ in 0..<1000 {
      if pids.allSatisfy({ kill(pid_t($0), 0) != 0 || isZombie($0) }) { return true }
      Thread.sleep(forTimeInterval: 0.01)
    }
    return false
  }

  private static func isZombie(_ pid: Int) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else {
      return false
    }
    return status.split(separator: ")").last?.hasPrefix(" Z") == true
  }
}
