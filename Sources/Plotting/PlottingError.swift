/// Why a figure could not be drawn or written. Each description says how to fix it.
public enum PlottingError: Error, Equatable, CustomStringConvertible {
  /// No program with this name can be started.
  case gnuplotMissing(command: String)
  /// gnuplot could not be started for another reason.
  case gnuplotNotStarted(command: String, reason: String)
  /// gnuplot ran and failed; `output` is what it printed and how it ended.
  case gnuplotFailed(title: String, output: String)
  /// gnuplot did not end within its time limit.
  case gnuplotTooSlow(title: String, seconds: Double)
  /// This gnuplot was built without its pngcairo terminal.
  case gnuplotWithoutPNG(command: String)
  /// The PNG could not be written.
  case cannotWrite(path: String, reason: String)
  /// libpng could not encode the pixels.
  case cannotEncode(title: String, reason: String)
  /// A figure without any finite number.
  case nothingToDraw(title: String)
  /// Two lists that belong together have different lengths.
  case countMismatch(series: String, what: String, count: Int, expected: Int)
  /// A value that is not above zero on a logarithmic axis.
  case notPositive(what: String, axis: String, value: Double)
  /// A matrix whose number of values is not rows × columns.
  case wrongMatrixSize(title: String, values: Int, rows: Int, columns: Int)
  /// An invalid range, scale or option.
  case unusable(title: String, reason: String)

  public var description: String {
    switch self {
    case .gnuplotMissing(let command):
      return "gnuplot is not installed, or \"\(command)\" is not on the PATH. "
        + "Install it with: sudo apt-get install gnuplot-nox"
    case .gnuplotNotStarted(let command, let reason):
      return "\"\(command)\" could not be started: \(reason). Run it by hand to see why, or "
        + "install it again with: sudo apt-get install --reinstall gnuplot-nox"
    case .gnuplotFailed(let title, let output):
      return "gnuplot could not draw \"\(title)\". Its output: \(output)"
    case .gnuplotTooSlow(let title, let seconds):
      return
        "gnuplot did not finish \"\(title)\" within \(NumberText.plain(seconds)) seconds and was "
        + "stopped. Run again when the machine is less busy."
    case .gnuplotWithoutPNG(let command):
      return "\"\(command)\" has no terminal \"pngcairo\" and cannot write PNGs. "
        + "Install one that has it with: sudo apt-get install gnuplot-nox"
    case .cannotWrite(let path, let reason):
      return "The figure \(path) could not be written: \(reason)."
    case .cannotEncode(let title, let reason):
      return "The pixels of \"\(title)\" could not be encoded as a PNG: \(reason)."
    case .nothingToDraw(let title):
      return "\"\(title)\" cannot be drawn: it has no finite value."
    case .countMismatch(let series, let what, let count, let expected):
      return "\"\(series)\" has \(count) \(what), but needs \(expected)."
    case .notPositive(let what, let axis, let value):
      return "\(what) contains \(value), which cannot be drawn on the logarithmic axis "
        + "\"\(axis)\": use a linear axis, or leave out values that are not above zero."
    case .wrongMatrixSize(let title, let values, let rows, let columns):
      return "\"\(title)\" has \(values) values, but \(rows) rows × \(columns) columns "
        + "need \(rows * columns)."
    case .unusable(let title, let reason):
      return "\"\(title)\" cannot be drawn: \(reason)."
    }
  }
}
