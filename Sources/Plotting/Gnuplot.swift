import Foundation
import PlotBridge

/// The gnuplot program: tables and a script in, the bytes of a PNG out.
package struct Gnuplot: Sendable {
  /// A name on the PATH, or a path.
  package var command: String

  package init(command: String = "gnuplot") {
    self.command = command
  }

  /// Draws one picture.
  ///
  /// - Parameters:
  ///   - title: The figure's title, for the sentence of an error.
  ///   - tables: What the script calls `$table0`, `$table1`, and so on.
  ///   - script: Settings and one `plot` command. Every text in it went through `quoted`.
  /// - Returns: A whole PNG.
  /// - Throws: `PlottingError` if gnuplot is missing, cannot start, or refuses.
  package func draw(title: String, tables: [[PlotPoint]], script: String) throws -> Data {
    var message = [CChar](repeating: 0, count: 4096)
    var picture = PlotPicture()
    defer { plotFreePicture(&picture) }
    // One flat copy keeps a single pointer alive for all tables.
    let points = tables.flatMap { $0 }
    let status = points.withUnsafeBufferPointer { buffer -> PlotStatus in
      var start = 0
      let views = tables.map { table -> PlotTable in
        defer { start += table.count }
        return PlotTable(points: buffer.baseAddress.map { $0 + start }, count: table.count)
      }
      return plotDraw(command, script, views, views.count, &picture, &message, message.count)
    }
    let said = text(of: message)
    switch status {
    case plotDone:
      return Data(bytes: picture.bytes, count: picture.count)
    case plotCommandMissing:
      throw PlottingError.gnuplotMissing(command: command)
    case plotCommandNotStarted, plotOutOfResources:
      throw PlottingError.gnuplotNotStarted(command: command, reason: said)
    default:
      throw PlottingError.gnuplotFailed(title: title, output: said)
    }
  }

  /// Calls `body` with the path of a temporary file that holds `data`.
  ///
  /// gnuplot reads a PNG only from a file: its standard input is the script.
  func withTemporaryFile<Result>(_ data: Data, _ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("figure-\(UUID().uuidString).png")
    defer { try? FileManager.default.removeItem(at: url) }
    try PNGFile().save(data, to: url)
    return try body(url.path)
  }

  private func text(of message: [CChar]) -> String {
    let bytes = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// A text as a gnuplot string, whatever stands in it.
  ///
  /// Backslash, quote and backtick go in as octal codes: gnuplot runs what stands between
  /// backticks as a shell command, even inside double quotes.
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

  /// A text as the label of a tick, where gnuplot reads a percent sign as a number's format.
  package static func quotedTick(_ text: String) -> String {
    quoted(text.replacingOccurrences(of: "%", with: "%%"))
  }
}
