import Foundation
import SystemSupport

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
}

/// Runs a program to its end and gives what it wrote to its standard output.
/// - Throws: `CorpusError.programFailed`, with the first of what it wrote to its standard error.
func runProgram(_ program: URL, _ arguments: [String]) throws(CorpusError) -> [UInt8] {
  let result: Program.Result
  do {
    result = try Program(program, arguments: arguments).run()
  } catch {
    throw .programFailed(error.description)
  }
  guard result.end == .exit(0) else {
    let message = result.errorText.prefix(500).trimmingCharacters(in: .whitespacesAndNewlines)
    throw .programFailed(
      "\(program.path) \(result.end)" + (message.isEmpty ? "." : ": \(message)."))
  }
  return [UInt8](result.output)
}
