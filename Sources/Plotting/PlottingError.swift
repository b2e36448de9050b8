/// What can go wrong between numbers and a PNG, each with the way out in its sentence.
public enum PlottingError: Error, Equatable, CustomStringConvertible {
  /// No program of that name can be started.
  case gnuplotMissing(command: String)
  /// gnuplot could not be started for another reason.
  case gnuplotNotStarted(command: String, reason: String)
  /// gnuplot ran and refused the drawing; `output` is what it said.
  case gnuplotFailed(title: String, output: String)
  /// The PNG could not be written.
  case cannotWrite(path: String, reason: String)
  /// libpng refused to pack the pixels.
  case cannotEncode(title: String, reason: String)
  /// A figure without a single number that can be drawn.
  case nothingToDraw(title: String)
  /// Two lists that belong together have different lengths.
  case countMismatch(series: String, what: String, count: Int, expected: Int)
  /// A logarithmic axis was given a number that has no logarithm.
  case notPositive(what: String, axis: String, value: Double)
  /// A matrix whose number of values is not rows × columns.
  case wrongMatrixSize(title: String, values: Int, rows: Int, columns: Int)
  /// A range, scale or option that makes no sense.
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
      return "gnuplot could not draw \"\(title)\". It said: \(output)"
    case .cannotWrite(let path, let reason):
      return "The figure \(path) could not be written: \(reason)."
    case .cannotEncode(let title, let reason):
      return "The pixels of \"\(title)\" could not be packed as a PNG: \(reason)."
    case .nothingToDraw(let title):
      return "\"\(title)\" has nothing to draw: not one finite number was given."
    case .countMismatch(let series, let what, let count, let expected):
      return "\"\(series)\" has \(count) \(what) where \(expected) are needed."
    case .notPositive(let what, let axis, let value):
      return "\(what) holds \(value), which has no place on the logarithmic axis \"\(axis)\": "
        + "use a linear axis, or leave out what is not above zero."
    case .wrongMatrixSize(let title, let values, let rows, let columns):
      return "\"\(title)\" has \(values) values, but \(rows) rows × \(columns) columns "
        + "need \(rows * columns)."
    case .unusable(let title, let reason):
      return "\"\(title)\" cannot be drawn: \(reason)."
    }
  }
}
