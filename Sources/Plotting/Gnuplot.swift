import Foundation
import PlotBridge
import SystemSupport

/// The gnuplot program: tables and a script in, the bytes of a PNG out.
///
/// gnuplot-iostream makes the text that gnuplot reads; the program is run here. gnuplot-iostream
/// itself would start gnuplot through a shell, without its error output and exit status. The PNG
/// comes back through a pipe, because gnuplot does not notice a full disk.
package struct Gnuplot: Sendable {
  /// The name of a program on the PATH, or a path.
  package var command: String
  /// Wall time in seconds, after which gnuplot is killed. A figure needs less than one.
  package var timeLimit: Double

  package init(command: String = "gnuplot", timeLimit: Double = 60) {
    self.command = command
    self.timeLimit = timeLimit
  }

  /// Draws one picture.
  ///
  /// - Parameters:
  ///   - title: The figure's title, for the sentence of an error.
  ///   - tables: The tables that the script calls `$table0`, `$table1`, and so on.
  ///   - script: Settings and `plot` commands. Every text in it is from `quoted`.
  /// - Returns: A whole PNG.
  /// - Throws: `PlottingError` if gnuplot is missing, cannot start, fails or does not end.
  package func draw(title: String, tables: [[PlotPoint]], script: String) throws -> Data {
    var program = try program()
    program.input = try input(tables: tables, script: script)
    program.timeLimit = timeLimit
    let result: Program.Result
    do throws(ProgramError) {
      result = try program.run()
    } catch {
      throw notStarted(error)
    }
    if result.end == .exit(0), isWholePNG(result.output) { return result.output }
    if result.end == .timeLimit {
      throw PlottingError.gnuplotTooSlow(title: title, seconds: timeLimit)
    }
    let errors = String(decoding: result.errors.prefix(4000), as: UTF8.self)
    if errors.contains("unknown or ambiguous terminal") {
      throw PlottingError.gnuplotWithoutPNG(command: command)
    }
    let end =
      result.end == .exit(0)
      ? "it ended without an error, but without a whole PNG" : "it \(result.end)"
    let output = errors.trimmingCharacters(in: .whitespacesAndNewlines)
    throw PlottingError.gnuplotFailed(
      title: title, output: output.isEmpty ? end : output + "\n" + end)
  }

  /// Draws a small picture, as a test of gnuplot, its PNG output and its fonts.
  /// - Throws: as `draw`.
  package func tryDrawing() throws {
    _ = try draw(
      title: "a test", tables: [],
      script: "set terminal pngcairo size 64,48 font \(TextStyle.body.font)\nset output\nplot x\n")
  }

  /// With `-d`, gnuplot ignores the reader's own start-up file, which could change every picture.
  private func program() throws -> Program {
    if command.contains("/") {
      return Program(URL(fileURLWithPath: command), arguments: ["-d"])
    }
    do throws(ProgramError) {
      return try Program(named: command, arguments: ["-d"])
    } catch {
      throw notStarted(error)
    }
  }

  private func notStarted(_ error: ProgramError) -> PlottingError {
    switch error {
    case .notFound: return .gnuplotMissing(command: command)
    case .cannotStart(_, let reason):
      return .gnuplotNotStarted(command: command, reason: reason)
    default: return .gnuplotNotStarted(command: command, reason: error.description)
    }
  }

  /// What gnuplot reads on its standard input.
  private func input(tables: [[PlotPoint]], script: String) throws -> Data {
    // One flat copy keeps a single pointer valid for all tables.
    let points = tables.flatMap { $0 }
    return try points.withUnsafeBufferPointer { buffer -> Data in
      var start = 0
      let views = tables.map { table -> PlotTable in
        defer { start += table.count }
        return PlotTable(points: buffer.baseAddress.map { $0 + start }, count: table.count)
      }
      var count = 0
      guard let text = plotText(script, views, views.count, &count) else {
        throw PlottingError.gnuplotNotStarted(
          command: command,
          reason: "memory or file descriptors ran out while its input was prepared")
      }
      return Data(bytesNoCopy: text, count: count, deallocator: .free)
    }
  }

  private func isWholePNG(_ data: Data) -> Bool {
    let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    return data.count > 20 && data.starts(with: signature)
      && data.dropLast(4).suffix(4).elementsEqual("IEND".utf8)
  }

  /// Calls `body` with the path of a temporary file that holds `data`.
  ///
  /// gnuplot reads a PNG only from a file: its standard input is the script.
  func withTemporaryFile<Result>(_ data: Data, _ body: (String) throws -> Result) throws -> Result {
    let url = Litter.temporaryPath("figure", pathExtension: "png")
    defer { try? FileManager.default.removeItem(at: url) }
    do throws(SystemError) {
      try AtomicFile.write(data, to: url)
    } catch {
      throw PlottingError.cannotWrite(
        path: url.path,
        reason: "\(error). It is a temporary file: set TMPDIR to a folder with some space in it")
    }
    return try body(url.path)
  }

  /// A text as a gnuplot string, whatever it contains.
  ///
  /// Backslash, quote and backtick become octal codes: gnuplot runs the text between backticks as a
  /// shell command, even inside double quotes.
  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\134"
      case "\"": result += "\\042"
      case "`": result += "\\140"
      case "\n": result += "\\n"
      case _ where scalar.value < 32: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// A text as the label of a tick. There gnuplot interprets a percent sign as a number format.
  package static func quotedTick(_ text: String) -> String {
    quoted(text.replacingOccurrences(of: "%", with: "%%"))
  }
}
