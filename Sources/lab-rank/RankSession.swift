import ArgumentParser
import Communication
import Foundation
import MPITransport
import SequenceParallel
import TensorCore

/// This process as one of the ranks: its connection, and what it says to the world.
final class RankSession {
  let connection: MPIConnection
  /// Whether this rank speaks for all: errors that all ranks have are printed once.
  var isFirst: Bool { connection.rank == 0 }

  init() throws(TransportError) {
    connection = try MPIConnection()
  }

  /// The messages of this program. A rank that loses another says so, and ends all.
  ///
  /// - Throws: `RankMismatch` if a rank runs another program.
  func communicator(timeOut: Double) throws -> Communicator {
    let communicator = Communicator(connection, timeOut: timeOut) { [self] error in
      abort("\(error)", status: 75)
    }
    let ranks = communicator.gathered(StartedRank.own.line).map(StartedRank.init)
    if let other = ranks.firstIndex(where: { $0.program != ranks[0].program }) {
      throw RankMismatch(
        rank: other, host: ranks[other].host, firstHost: ranks[0].host)
    }
    try write(
      StartedRanks(library: MPIConnection.library, hosts: ranks.map(\.host), pids: ranks.map(\.pid))
    )
    return communicator
  }

  /// Writes one line of JSON to the standard output, on rank 0 only.
  func write(_ value: some Encodable) throws {
    guard isFirst else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try FileHandle.standardOutput.write(
      contentsOf: try encoder.encode(value) + [UInt8(ascii: "\n")])
  }

  /// Waits for all ranks and ends MPI. Rank 0 may still compare, while the others have ended: the
  /// communicator's wait leaves it their processors, where MPI's own would not.
  func finish() throws {
    Communicator(connection, timeOut: 3600) { [self] in abort("\($0)", status: 75) }.barrier()
    try connection.finish()
  }

  /// Ends this rank after an error that all ranks have. MPI ends in order, so that `mpiexec` reports
  /// no failure of its own.
  func exit(after error: any Error) -> Never {
    let status = RankExit(of: error)
    if isFirst {
      if status == .success {
        print(LabRank.fullMessage(for: error))
      } else {
        say(status == .usage ? LabRank.message(for: error) : "\(error)")
      }
    }
    try? connection.finish()
    Foundation.exit(status.rawValue)
  }

  /// Ends all ranks after an error of this one.
  func abort(_ sentence: String, status: Int32) -> Never {
    say(sentence)
    // `mpiexec` may end before it has passed on what it has not read yet.
    usleep(500_000)
    connection.abort(status: status)
  }

  private func say(_ sentence: String) {
    let line = sentence.split(separator: "\n").joined(separator: " ")
    FileHandle.standardError.write(Data("\(RankProgram.messageStart)\(line)\n".utf8))
  }
}

/// The exit codes of `lab-rank`.
enum RankExit: Int32 {
  case success = 0
  case usage = 64
  case mismatch = 65
  case deviceUnavailable = 69
  case inputOutput = 74
  case limitExceeded = 75

  init(of error: any Error) {
    switch error {
    case is SpreadError: self = .usage
    case is RankMismatch: self = .mismatch
    case DeviceError.outOfMemory: self = .limitExceeded
    case is DeviceError, is TransportError: self = .deviceUnavailable
    default:
      switch LabRank.exitCode(for: error) {
      case .success: self = .success
      case .validationFailure: self = .usage
      default: self = .inputOutput
      }
    }
  }
}

/// A rank that runs another program than the others.
struct RankMismatch: Error, CustomStringConvertible {
  let rank: Int
  let host: String
  let firstHost: String

  var description: String {
    """
    Rank \(rank) on \(host) runs another build of lab-rank, or on another kind of processor, than \
    rank 0 on \(firstHost). Copy the same program to every host.
    """
  }
}

/// What a rank says about itself at the start.
private struct StartedRank {
  /// The checksum of the program's file.
  let program: String
  let pid: Int
  let host: String

  var line: String { "\(program) \(pid) \(host)" }

  init(program: String, pid: Int, host: String) {
    (self.program, self.pid, self.host) = (program, pid, host)
  }

  init(_ line: String) {
    let words = line.split(separator: " ", maxSplits: 2).map(String.init) + ["", "", ""]
    self.init(program: words[0], pid: Int(words[1]) ?? 0, host: words[2])
  }

  static var own: StartedRank {
    let file = Bundle.main.executablePath ?? CommandLine.arguments[0]
    let bytes = FileManager.default.contents(atPath: file) ?? Data()
    var checksum = ByteChecksum()
    bytes.withUnsafeBytes { checksum.append($0) }
    return StartedRank(
      program: "\(checksum)", pid: Int(getpid()), host: ProcessInfo.processInfo.hostName)
  }
}
