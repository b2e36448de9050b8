import Foundation
import SystemSupport

/// PyTorch in another process. It takes one sample per request and is idle otherwise.
///
/// The script `Tests/Peers/pytorch_bench.py` reads one JSON request per line and answers with one
/// line of JSON. It exits at the end of its standard input.
public final class PyTorchPeer {
  /// The first line that the script prints, when it is ready.
  public struct Greeting: Codable, Sendable {
    public var version: String
    public var threads: Int
    /// Sentences that say how its work differs from ours.
    public var notes: [String]
  }

  struct Answer: Decodable {
    var seconds: Double
    var cpuSeconds: Double
    var parameters: Int?
    var loss: Double?

    var sample: Sample { Sample(seconds: seconds, cpuSeconds: cpuSeconds) }
  }

  public let greeting: Greeting
  private let process: RunningProgram

  /// Starts the script and waits until it has loaded PyTorch.
  ///
  /// - Parameters:
  ///   - python: The interpreter.
  ///   - script: `pytorch_bench.py`.
  ///   - threadCount: The threads of PyTorch.
  ///   - timeLimit: Seconds for the start.
  /// - Throws: `PeerError`. If something is missing, it says how to install it.
  public init(python: URL, script: URL, threadCount: Int, timeLimit: Double = 300) throws {
    guard FileManager.default.isExecutableFile(atPath: python.path) else {
      throw PeerError.noPython(path: python.path)
    }
    guard FileManager.default.fileExists(atPath: script.path) else {
      throw PeerError.noScript(path: script.path)
    }
    let arguments = [script.path, "--threads", "\(threadCount)"]
    do throws(ProgramError) {
      process = try Program(python, arguments: arguments).start()
    } catch {
      throw PeerError.failed(detail: "\(error)")
    }
    struct Missing: Decodable { var missing: String }
    let line = try Self.readLine(from: process, within: timeLimit)
    if let missing = try? JSONDecoder().decode(Missing.self, from: line) {
      throw PeerError.noPyTorch(python: python.path, detail: missing.missing)
    }
    greeting = try Self.decoded(Greeting.self, line)
  }

  /// Takes one sample: the mean of `runs` runs, after a warm-up run if `isWarmed` is set.
  ///
  /// The script keeps the tensors of a request until a different request arrives. It may take
  /// `timeLimit` seconds.
  func sample(
    _ request: [String: Int], runs: Int, isWarmed: Bool, timeLimit: Double = 3600
  ) throws -> Answer {
    let complete = request.merging(["runs": runs, "warmUp": isWarmed ? 1 : 0]) { $1 }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let line = try encoder.encode(complete) + Data("\n".utf8)
    do throws(ProgramError) {
      try process.write(line)
    } catch {
      throw Self.failure(of: process)
    }
    return try Self.decoded(Answer.self, try Self.readLine(from: process, within: timeLimit))
  }

  private static func readLine(
    from process: RunningProgram, within seconds: Double
  ) throws(PeerError) -> Data {
    let began = ContinuousClock.now
    if let line = process.readLine(within: seconds) { return line }
    guard ContinuousClock.now - began < .seconds(seconds) else {
      process.stop()
      throw .failed(detail: "it did not answer within \(Int(seconds)) s and was ended")
    }
    throw failure(of: process)
  }

  /// The error of a process that has ended, with the last line of its standard error.
  private static func failure(of process: RunningProgram) -> PeerError {
    _ = try? process.finish(within: 1)
    let lastLine = process.errorText.split(whereSeparator: \.isNewline).last
    return .failed(detail: lastLine.map(String.init) ?? "it printed no error")
  }

  private static func decoded<Value: Decodable>(_ type: Value.Type, _ line: Data) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: line)
    } catch {
      throw PeerError.failed(detail: "it answered: \(String(decoding: line, as: UTF8.self))")
    }
  }
}

/// PyTorch is missing, failed, or does different work.
public enum PeerError: Error, Equatable, CustomStringConvertible {
  case noPython(path: String)
  case noPyTorch(python: String, detail: String)
  case noScript(path: String)
  case failed(detail: String)
  case differs(what: String, ours: String, theirs: String)

  /// Whether something must be installed.
  public var isMissing: Bool {
    switch self {
    case .noPython, .noPyTorch: true
    case .noScript, .failed, .differs: false
    }
  }

  public var description: String {
    switch self {
    case .noPython(let path): "There is no Python at \(path).\n\(Self.installation)"
    case .noPyTorch(let python, let detail):
      "\(python) has no PyTorch (\(detail)).\n\(Self.installation)"
    case .noScript(let path):
      "The script \(path) does not exist. Call lab from the folder of the LongContextLab source."
    case .failed(let detail): "The PyTorch process failed: \(detail)"
    case .differs(let what, let ours, let theirs):
      "PyTorch does different work: its \(what) is \(theirs), ours is \(ours). "
        + "So no ratio is computed."
    }
  }

  private static let installation = """
    Install PyTorch for the CPU in a separate folder, and pass it to lab:
      python3 -m venv .build-torch
      .build-torch/bin/pip install torch --index-url https://download.pytorch.org/whl/cpu
      lab bench --against pytorch --python .build-torch/bin/python
    """
}
