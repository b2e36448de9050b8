import Foundation

/// A program that is asked by lines and answers by lines.
final class Dialogue {
  private let process = Process()
  private let toProgram = Pipe()
  private let fromProgram = Pipe()
  /// What the program says of its trouble: a file without a name, which goes with the process.
  private let errors: FileHandle
  private var unread = Data()

  /// - Throws: `PeerError.failed` where the program does not start.
  init(_ program: URL, arguments: [String]) throws {
    // Into a file, which can neither fill up nor be waited for.
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(
      "lab-peer-\(UUID().uuidString).txt")
    try Data().write(to: file)
    errors = try FileHandle(forUpdating: file)
    try FileManager.default.removeItem(at: file)
    process.executableURL = program
    process.arguments = arguments
    process.standardInput = toProgram
    process.standardOutput = fromProgram
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw PeerError.failed(
        detail: "\(program.path) does not start (\(error.localizedDescription))")
    }
  }

  /// Ends with its standard input; whoever is in the middle of something is told.
  deinit {
    try? toProgram.fileHandleForWriting.close()
    if process.isRunning { process.terminate() }
  }

  func write(_ line: Data) throws {
    do {
      try toProgram.fileHandleForWriting.write(contentsOf: line + Data([newline]))
    } catch {
      throw broken()
    }
  }

  func readLine() throws -> Data {
    while true {
      if let end = unread.firstIndex(of: newline) {
        let line = Data(unread[..<end])
        unread = Data(unread[(end + 1)...])
        return line
      }
      let more = fromProgram.fileHandleForReading.availableData
      if more.isEmpty { throw broken() }
      unread.append(more)
    }
  }

  /// With the last line that the program said of its trouble.
  private func broken() -> PeerError {
    try? errors.seek(toOffset: 0)
    let said = (try? errors.readToEnd()) ?? Data()
    let text = String(decoding: said, as: UTF8.self)
    let last = text.split(whereSeparator: \.isNewline).last.map(String.init)
    return .failed(detail: last ?? "it said nothing")
  }
}

private let newline = UInt8(ascii: "\n")
