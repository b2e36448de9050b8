import Foundation

/// PyTorch in a process of its own: asked for one turn at a time, idle in between.
///
/// The script `Tests/Peers/pytorch_bench.py` reads one JSON request a line and answers with one
/// JSON line; it ends when its standard input does.
public final class PyTorchPeer {
  /// What the script says of itself when it is ready.
  public struct Greeting: Codable, Sendable {
    public var version: String
    public var threads: Int
    /// How its work differs from ours or is like it, in sentences.
    public var notes: [String]
  }

  struct Answer: Decodable {
    var seconds: Double
    var cpuSeconds: Double
    var parameters: Int?
    var loss: Double?

    var turn: Turn { Turn(seconds: seconds, cpuSeconds: cpuSeconds) }
  }

  public let greeting: Greeting
  private let dialogue: Dialogue

  /// Starts the script and waits until it has loaded PyTorch.
  ///
  /// - Throws: `PeerError`, with the way to install what is missing.
  public init(python: URL, script: URL, threadCount: Int) throws {
    guard FileManager.default.isExecutableFile(atPath: python.path) else {
      throw PeerError.noPython(path: python.path)
    }
    guard FileManager.default.fileExists(atPath: script.path) else {
      throw PeerError.noScript(path: script.path)
    }
    dialogue = try Dialogue(python, arguments: [script.path, "--threads", "\(threadCount)"])
    struct Missing: Decodable { var missing: String }
    let line = try dialogue.readLine()
    if let missing = try? JSONDecoder().decode(Missing.self, from: line) {
      throw PeerError.noPyTorch(python: python.path, detail: missing.missing)
    }
    greeting = try Self.decoded(Greeting.self, line)
  }

  /// Asks for one turn: the mean of `runs` runs, after one more where `isWarmed` is set.
  ///
  /// The script keeps the tensors of a request until another comes.
  func turn(_ request: [String: Int], runs: Int, isWarmed: Bool) throws -> Answer {
    let whole = request.merging(["runs": runs, "warmUp": isWarmed ? 1 : 0]) { $1 }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    try dialogue.write(try encoder.encode(whole))
    return try Self.decoded(Answer.self, try dialogue.readLine())
  }

  private static func decoded<Value: Decodable>(_ type: Value.Type, _ line: Data) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: line)
    } catch {
      throw PeerError.broke(detail: "it answered: \(String(decoding: line, as: UTF8.self))")
    }
  }
}

/// What can go wrong with the peer.
public enum PeerError: Error, Equatable, CustomStringConvertible {
  case noPython(path: String)
  case noPyTorch(python: String, detail: String)
  case noScript(path: String)
  case broke(detail: String)
  case differs(what: String, ours: String, theirs: String)

  /// Whether something is to be installed.
  public var isMissing: Bool {
    switch self {
    case .noPython, .noPyTorch: true
    case .noScript, .broke, .differs: false
    }
  }

  public var description: String {
    switch self {
    case .noPython(let path): "There is no Python at \(path).\n\(Self.installation)"
    case .noPyTorch(let python, let detail):
      "\(python) has no PyTorch (\(detail)).\n\(Self.installation)"
    case .noScript(let path):
      "The peer's script is not at \(path). Call lab from the folder of its source."
    case .broke(let detail): "PyTorch's process broke off: \(detail)"
    case .differs(let what, let ours, let theirs):
      "PyTorch does other work than ours: \(what) \(theirs), ours \(ours). No ratio is given."
    }
  }

  private static let installation = """
    Install PyTorch for the CPU in a folder of its own, and name it:
      python3 -m venv .build-torch
      .build-torch/bin/pip install torch --index-url https://download.pytorch.org/whl/cpu
      lab bench --against pytorch --python .build-torch/bin/python
    """
}
