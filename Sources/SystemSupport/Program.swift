import CSystem
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
  /// Seconds after which the program is killed; nil for no limit. Time in which the machine sleeps
  /// does not count.
  public var timeLimit: Double?
  /// What the program may use; nil for no limits.
  public var limits: Limits?

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
    let began = SuspendingClock.now
    let running = try start()
    running.queue(input)
    let end = try running.finish(deadline: timeLimit.map { began + .seconds($0) })
    return Result(
      end: end, output: running.capturedOutput.data, errors: running.capturedErrors.data,
      isTruncated: running.capturedOutput.isTruncated || running.capturedErrors.isTruncated,
      processorSeconds: running.processorSeconds, peakMemoryBytes: running.peakMemoryBytes)
  }

  /// Starts the program for a dialogue over its standard input and output. `input` and `timeLimit`
  /// are not used.
  /// - Throws: `ProgramError.cannotStart`.
  public func start() throws(ProgramError) -> RunningProgram {
    try RunningProgram(self)
  }

  /// Starts the program and leaves it: it gets a session of its own, reads and writes nothing
  /// here, and continues after the end of this process. For a browser or an editor. `input`,
  /// `outputLimit`, `timeLimit` and `limits` are not used.
  ///
  /// It is waited for only as long as `seconds`, to notice a program that fails at once.
  /// - Returns: its exit status if it ended within that time (128 and the number of a signal that
  ///   ended it), and otherwise 0.
  /// - Throws: `ProgramError.cannotStart`.
  @discardableResult
  public func startDetached(noticingFailureWithin seconds: Double = 0) throws(ProgramError) -> Int32
  {
    var unlimited = self
    unlimited.limits = nil
    return try unlimited.launch(
      lclStartDetached, streams: (-1, -1, -1), noticeMilliseconds: Int32(seconds * 1000))
  }

  /// What a program may use, for a program that somebody else wrote or that may grow without end.
  ///
  /// The system counts processor time and the size of files for each process. Memory, the bytes in
  /// the pipes and, on Linux, all written bytes are counted here, for the program and all processes
  /// that it started. On Linux a
  /// program with limits leaves no process behind, not even one in a session of its own, and all of
  /// them end if this process is killed. macOS has no such adoption of processes: there only the
  /// program's group ends with it.
  public struct Limits: Equatable, Sendable {
    /// Seconds of processor time of each process.
    public var processorSeconds: Int?
    /// Bytes of each file that is written, and of standard output and standard error together. On
    /// Linux also of all files together, checked twenty times a second.
    public var outputBytes: Int?
    /// Bytes of memory in use, checked twenty times a second. A process may reserve four times as
    /// many addresses, so that one huge request is refused by the system.
    public var memoryBytes: Int?

    public init(processorSeconds: Int? = nil, outputBytes: Int? = nil, memoryBytes: Int? = nil) {
      self.processorSeconds = processorSeconds
      self.outputBytes = outputBytes
      self.memoryBytes = memoryBytes
    }

    static let addressesPerByte = 4
  }

  /// How a program ended.
  public enum End: Equatable, Sendable {
    /// It exited with this status.
    case exit(Int32)
    /// A signal ended it.
    case signal(Int32)
    /// It ran past its time limit and was killed.
    case timeLimit
    /// It passed one of its `Limits` and was killed.
    case processorLimit, outputLimit, memoryLimit
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
    /// Processor time of the program and of the processes that it waited for.
    public var processorSeconds: Double
    /// The largest memory in use that was seen; 0 without `Limits.memoryBytes`.
    public var peakMemoryBytes: Int

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
    case .processorLimit: "used more processor time than it may, and was killed"
    case .outputLimit: "wrote more than it may, and was killed"
    case .memoryLimit: "used more memory than it may, and was killed"
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
