import Foundation
import SystemSupport

/// A program that `mpiexec` starts once per rank, such as `lab-rank`.
///
/// The program that starts it does not link MPI itself.
public struct RankProgram: Sendable {
  public var program: URL
  public var arguments: [String]
  public var rankCount: Int
  /// A file with the names of hosts, as `mpiexec -f` reads it; nil for this host.
  public var hostFile: URL?
  /// Seconds after which all ranks are killed.
  public var timeLimit: Double

  public init(
    _ program: URL, arguments: [String] = [], rankCount: Int, hostFile: URL? = nil,
    timeLimit: Double
  ) {
    self.program = program
    self.arguments = arguments
    self.rankCount = rankCount
    self.hostFile = hostFile
    self.timeLimit = timeLimit
  }

  /// Runs all ranks to their end.
  ///
  /// - Parameter searchPath: where `mpiexec` is searched for; nil for `PATH`.
  /// - Returns: what the ranks wrote on their standard output.
  /// - Throws: `RankProgramError`. No rank is left behind.
  public func run(searchPath: String? = nil) throws(RankProgramError) -> Data {
    let launch = try launcher(searchPath: searchPath)
    let result: Program.Result
    do throws(ProgramError) {
      result = try launch.run()
    } catch {
      throw .notStarted("\(error)")
    }
    return try output(of: result.end, result.output, errors: result.errorText)
  }

  /// `mpiexec` with its arguments, to be started or run.
  public func launcher(searchPath: String? = nil) throws(RankProgramError) -> Program {
    guard let mpiexec = Program.find("mpiexec", searchPath: searchPath) else { throw .noMPI }
    guard let program = Program.find(program.path) else { throw .noProgram(program.path) }
    var launch = Program(mpiexec)
    launch.arguments =
      (hostFile.map { ["-f", $0.path] } ?? []) + ["-n", "\(rankCount)", program.path] + arguments
    // Without supervision by the limits' parent, ranks of a killed `mpiexec` could stay.
    launch.limits = .init()
    launch.timeLimit = timeLimit
    launch.environment = Self.environment
    return launch
  }

  /// For Open MPI, which otherwise starts no more ranks than there are cores, and none for root.
  /// MPICH does not read these.
  private static let environment: [String: String] = {
    var variables = [
      "OMPI_MCA_rmaps_base_oversubscribe": "1",
      "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    ]
    if geteuid() == 0 {
      variables["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
      variables["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    }
    return variables
  }()

  /// Decides whether all ranks ended well.
  ///
  /// - Parameters:
  ///   - end: how `mpiexec` ended.
  ///   - output: its standard output.
  ///   - errors: its standard error.
  /// - Returns: the output.
  /// - Throws: the error of a rank that did not end well.
  public func output(
    of end: Program.End, _ output: Data, errors: String
  ) throws(RankProgramError) -> Data {
    switch end {
    case .exit(0): return output
    case .timeLimit:
      throw .timeLimit(
        seconds: timeLimit, rankCount: rankCount, message: Self.message(in: errors))
    case .exit(let status):
      // A rank that lost another says so itself; `mpiexec` then kills the rest.
      if !errors.contains(Self.messageStart), let killed = Self.killedRank(in: errors) {
        throw .killed(
          rank: killed.rank, signal: killed.signal,
          after: Self.decoded(RankProgress.self, in: output).last)
      }
      throw .failed(status: status, message: Self.message(in: errors))
    default: throw .failed(status: nil, message: "mpiexec \(end).")
    }
  }

  /// The rank that a signal ended, and the signal, as `lab-rank` reports it.
  ///
  /// Others may have ended because of it: MPI's library aborts a rank whose peer is gone, and `mpiexec`
  /// terminates all. The times are those of the reports, so on a busy machine the first rank to end
  /// need not be the first to be reported.
  private static func killedRank(in report: String) -> (rank: Int, signal: Int)? {
    let reactions: Set<Substring> = ["\(SIGABRT)", "\(SIGTERM)"]
    let ends = report.matches(
      of: #/lab-rank-end: rank (\d+) ended by signal (\d+) at ([\d.]+)/#)
    let causes = ends.filter { !reactions.contains($0.2) }
    return (causes.isEmpty ? ends : causes)
      .min { (Double($0.3) ?? 0) < (Double($1.3) ?? 0) }
      .flatMap { end in
        guard let rank = Int(end.1), let signal = Int(end.2) else { return nil }
        return (rank, signal)
      }
  }

  /// The lines of an output that are JSON of this type.
  private static func decoded<Line: Decodable>(_ type: Line.Type, in output: Data) -> [Line] {
    output.split(separator: UInt8(ascii: "\n")).compactMap {
      try? JSONDecoder().decode(type, from: Data($0))
    }
  }

  /// What the ranks themselves said: `lab-rank` begins each such line with its name.
  private static func message(in errors: String) -> String {
    let own = errors.split(separator: "\n").filter { $0.hasPrefix(messageStart) }
    let lines = own.isEmpty ? errors.split(separator: "\n").suffix(3) : own.prefix(3)
    return lines.map { $0.replacing(messageStart, with: "") }.joined(separator: " ")
  }

  /// The beginning of an error's line in the output of a rank.
  public static let messageStart = "lab-rank: "
  /// The beginning of a line that says which rank a signal has ended.
  public static let endStart = "lab-rank-end: "
}

/// The first line that rank 0 writes.
public struct StartedRanks: Codable, Equatable, Sendable {
  /// The name and version of the MPI library.
  public var library: String
  /// By rank.
  public var hosts: [String]
  /// The process numbers, by rank.
  public var pids: [Int]

  public init(library: String, hosts: [String], pids: [Int]) {
    (self.library, self.hosts, self.pids) = (library, hosts, pids)
  }
}

/// A line that rank 0 writes after each repetition or step.
public struct RankProgress: Codable, Equatable, Sendable {
  public var finished: Int
  public var of: Int

  public init(finished: Int, of: Int) {
    (self.finished, self.of) = (finished, of)
  }
}

/// Ranks that did not end well.
public enum RankProgramError: Error, Equatable, CustomStringConvertible {
  case noMPI
  case noProgram(String)
  case notStarted(String)
  /// A signal ended a rank; the others were then ended by `mpiexec`.
  case killed(rank: Int, signal: Int, after: RankProgress? = nil)
  /// `message` is what `mpiexec` said until then, such as a host that it does not find.
  case timeLimit(seconds: Double, rankCount: Int, message: String)
  /// A rank ended with an error of its own; `status` is nil if `mpiexec` itself was killed.
  case failed(status: Int32?, message: String)

  public var description: String {
    switch self {
    case .noMPI:
      """
      There is no program 'mpiexec' on PATH, which starts the ranks. Install an MPI: \
      'apt-get install mpich libmpich-dev', or 'brew install mpich'.
      """
    case .noProgram(let path):
      "There is no program '\(path)'. Build it: swift build -c release --product lab-rank"
    case .notStarted(let reason): reason
    case .killed(let rank, let signal, let progress):
      """
      Rank \(rank) was ended by signal \(signal) (\(String(cString: strsignal(Int32(signal)))))\
      \(progress.map { " after step \($0.finished) of \($0.of)" } ?? ""), and the other ranks with \
      it. \(signal == 9 ? "The system does that if memory runs out. " : "")\
      Use a shorter sequence or more hosts, or start again.
      """
    case .timeLimit(let seconds, let rankCount, let message):
      """
      The \(rankCount) ranks did not end within \(Int(seconds)) s and were killed. A host cannot be \
      reached, a rank hangs, or the work is larger than expected: use fewer tokens, or allow more \
      time.\(message.isEmpty ? "" : " mpiexec said: \(message)")
      """
    case .failed(let status, let message):
      status == nil || message.isEmpty
        ? "A rank failed\(status.map { " with status \($0)" } ?? ""). \(message)" : message
    }
  }

  /// The exit code of a program that ends with this error.
  public var exitCode: Int32 {
    switch self {
    case .noMPI, .noProgram, .notStarted: 69
    case .killed, .timeLimit: 75
    case .failed(let status, _): status ?? 70
    }
  }
}
