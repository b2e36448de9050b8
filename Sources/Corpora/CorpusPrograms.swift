import Foundation

/// The programs that the books come through, by name or by path.
public struct CorpusPrograms: Sendable {
  public var bible: String
  public var dpkg: String
  public var gzip: String

  public init(bible: String = "bible", dpkg: String = "dpkg", gzip: String = "gzip") {
    self.bible = bible
    self.dpkg = dpkg
    self.gzip = gzip
  }

  /// Those that the shell would find.
  public static let installed = CorpusPrograms()

  /// A path stays what it is; a name is looked for in `PATH`. Nil where nothing can be run.
  func path(of program: String) -> String? {
    let candidates: [String]
    if program.contains("/") {
      candidates = [program]
    } else {
      let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
      candidates = folders.split(separator: ":").map { "\($0)/\(program)" }
    }
    return candidates.first(where: FileManager.default.isExecutableFile)
  }
}

/// Runs a program to its end and gives what it wrote to its standard output.
/// - Throws: `CorpusError.programFailed`, with what it wrote to its standard error.
func runProgram(_ path: String, _ arguments: [String]) throws(CorpusError) -> [UInt8] {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: path)
  process.arguments = arguments
  process.standardInput = FileHandle.nullDevice
  let output = Pipe()
  let errors = Pipe()
  process.standardOutput = output
  process.standardError = errors
  do {
    try process.run()
  } catch {
    throw .programFailed(program: path, status: -1, message: error.localizedDescription)
  }
  // Both pipes are emptied, at the same time, before the wait: a full pipe would stop the program,
  // and the wait would never end.
  let drain = BackgroundDrain(errors.fileHandleForReading)
  let bytes = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
  let message = String(decoding: drain.wait().prefix(500), as: UTF8.self)
  process.waitUntilExit()
  guard process.terminationStatus == 0, process.terminationReason == .exit else {
    throw .programFailed(
      program: path, status: process.terminationStatus,
      message: message.trimmingCharacters(in: .whitespacesAndNewlines))
  }
  return bytes
}

/// Reads a pipe to its end on another thread.
private final class BackgroundDrain: @unchecked Sendable {
  private var data = Data()
  private let group = DispatchGroup()

  init(_ handle: FileHandle) {
    DispatchQueue.global().async(group: group) { self.data = handle.readDataToEndOfFile() }
  }

  func wait() -> Data {
    group.wait()
    return data
  }
}
