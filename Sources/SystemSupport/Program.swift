import Foundation

/// A program to run: its path, arguments, environment, input and limits.
public struct Program: Sendable {
  public var url: URL
  public var arguments: [String]
  /// Variables added to the environment of this process; they replace variables of the same name.
  public var environment: [String: String] = [:]
  /// The working folder; nil for the one of this process.
  public var folder: URL?
  /// The bytes that the program reads on its standard input.
  public var input = Data()
  /// Bytes kept of standard output and of standard error, each. The rest is read and dropped.
  public var outputLimit = Int.max
  /// Wall time in seconds, after which the program is killed; nil for no limit.
  public var timeLimit: Double?
  /// Whether processes that the program started may outlive it, such as a browser. They then get
  /// no pipe: standard output and standard error are discarded.
  public var keepsChildren = false

  public init(_ url: URL, arguments: [String] = []) {
    self.url = url
    self.arguments = arguments
  }

  /// A program of `PATH`, or at a path if `name` contains a slash.
  /// - Throws: `ProgramError.notFound`.
  public init(named name: String, arguments: [String] = []) throws(ProgramError) {
    guard let url = Self.find(name) else { throw .notFound(name: name) }
    self.init(url, arguments: arguments)
  }

  /// The file that a shell would run for a name: the first of `PATH` that is a regular file and may
  /// be executed. A name that contains a slash is a path and is not searched for. Nil if there
  /// is no such file.
  public static func find(_ name: String, searchPath: String? = nil) -> URL? {
    guard !name.isEmpty else { return nil }
    if name.contains("/") { return isRunnable(name) ? URL(fileURLWithPath: name) : nil }
    let path =
      searchPath ?? ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(name)" }.first(where: isRunnable)
      .map { URL(fileURLWithPath: $0) }
  }

  /// A folder may be executable too, so the kind of file is checked first.
  private static func isRunnable(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      && access(path, X_OK) == 0
  }

  /// Runs the program and waits for its end, or for the time limit.
  ///
  /// A program that fails is not an error here: see `Result.end`.
  /// - Throws: `ProgramError` if it cannot be started or waited for.
  public func run() throws(ProgramError) -> Result {
    let began = ContinuousClock.now
    let running = try start()
    running.queue(input)
    let end = try running.finish(deadline: timeLimit.map { began + .seconds($0) })
    return Result(
      end: end, output: running.capturedOutput.data, errors: running.capturedErrors.data,
      isTruncated: running.capturedOutput.isTruncated || running.capturedErrors.isTruncated)
  }

  /// Starts the program for a dialogue over its standard input and output. `input` and `timeLimit`
  /// are not used.
  /// - Throws: `ProgramError.cannotStart`.
  public func start() throws(ProgramError) -> RunningProgram {
    try RunningProgram(self)
  }

  /// How a program ended.
  public enum End: Equatable, Sendable {
    /// It exited with this status.
    case exit(Int32)
    /// A signal ended it.
    case signal(Int32)
    /// It ran past its time limit and was killed.
    case timeLimit
  }

  /// The result of a finished program: how it ended, and its output.
  public struct Result: Equatable, Sendable {
    public var end: End
    /// Standard output, at most `outputLimit` bytes.
    public var output: Data
    /// Standard error, at most `outputLimit` bytes.
    public var errors: Data
    /// Whether more was written than `outputLimit`.
    public var isTruncated: Bool

    public var outputText: String { String(decoding: output, as: UTF8.self) }
    public var errorText: String { String(decoding: errors, as: UTF8.self) }
  }
}

extension Program.End: CustomStringConvertible {
  /// Completes a sentence that begins with the program: "ended with status 3".
  public var description: String {
    switch self {
    case .exit(let status): "ended with status \(status)"
    case .signal(let number):
      "was ended by signal \(number) (\(String(cString: strsignal(number))))"
    case .timeLimit: "ran past its time limit and was killed"
    }
  }
}

/// An error of starting a program or of waiting for it.
public enum ProgramError: Error, Equatable, CustomStringConvertible {
  case notFound(name: String)
  case cannotStart(path: String, reason: String)
  /// The program has closed its standard input, or has ended.
  case closedInput(path: String)
  case cannotWait(path: String, reason: String)

  public var description: String {
    switch self {
    case .notFound(let name):
      "There is no program '\(name)' on PATH. Install it, or add its folder to PATH."
    case .cannotStart(let path, let reason): "\(path) cannot be started: \(reason)."
    case .closedInput(let path): "\(path) no longer reads its standard input."
    case .cannotWait(let path, let reason):
      "\(path) was started, but its end cannot be observed: \(reason)."
    }
  }
}
