/// A rectangle of whole pixels on a page, in which gnuplot draws data, with the ticks and labels of
/// its axes. All figures use it: a plot has one frame, a sheet of maps has several, and a color bar
/// has a frame with its axis at the right.
struct Frame {
  var left: Int
  var top: Int
  var width: Int
  var height: Int
  var x: FrameAxis
  var y: FrameAxis
  var hasYAxisAtRight = false

  /// Writes the labels of both axes.
  func writeLabels(on page: inout Page) {
    let lineHeight = TextStyle.body.lineHeight
    for (index, line) in x.labelLines.enumerated() {
      let below = x.tickRoomBelow + FrameAxis.labelGap + lineHeight * index + lineHeight / 2
      page.write(line, x: Double(left) + Double(width) / 2, y: Double(top + height + below))
    }
    for (index, line) in y.labelLines.enumerated() {
      let lines = hasYAxisAtRight ? index : y.labelLines.count - 1 - index
      let away = y.tickRoomBeside + FrameAxis.labelGap + lineHeight * lines + lineHeight / 2
      page.write(
        line, x: Double(hasYAxisAtRight ? left + width + away : left - away),
        y: Double(top) + Double(height) / 2, upward: true)
    }
  }

  /// Settings for the next `plot` command.
  func settings(on page: Page) -> String {
    let (pageWidth, pageHeight) = (Double(page.width), Double(page.height))
    return """
      set lmargin at screen \(Double(left) / pageWidth)
      set rmargin at screen \(Double(left + width) / pageWidth)
      set tmargin at screen \(1 - Double(top) / pageHeight)
      set bmargin at screen \(1 - Double(top + height) / pageHeight)
      \(axis("x", x))
      \(axis("y", y))
      \(ticks("x", x))
      \(ticks(hasYAxisAtRight ? "y2" : "y", y))
      """
  }

  private func axis(_ name: String, _ axis: FrameAxis) -> String {
    var lines = ["set \(name)range [\(axis.start):\(axis.end)]", "unset \(name)tics"]
    if hasYAxisAtRight && name == "y" { lines.append("set y2range [\(axis.start):\(axis.end)]") }
    if case .log(let base) = axis.scale { lines.append("set logscale \(name) \(base)") }
    return lines.joined(separator: "\n")
  }

  private func ticks(_ name: String, _ axis: FrameAxis) -> String {
    guard !axis.ticks.isEmpty else { return "" }
    let list = axis.ticks.map { "\(Gnuplot.quotedTick($0.label)) \($0.value)" }
    // gnuplot leaves more room than needed between a tick and its label.
    let position = name == "x" ? (axis.hasSlantedTicks ? "rotate by 30 right" : "offset 0,0.3") : ""
    return "set \(name)tics nomirror out scale \(axis.hasTickMarks ? 0.8 : 0) \(position) "
      + "textcolor rgb \"\(Palette.foreground.hex)\" (\(list.joined(separator: ", ")))"
  }
}

/// One axis of a frame as it is drawn: ticks are already chosen and labels already wrapped.
struct FrameAxis {
  /// Pixels between tick labels and the label of the axis.
  static let labelGap = 6

  /// The value at the left or at the bottom.
  var start: Double
  /// The value at the right or at the top; smaller than `start` where an axis runs downward.
  var end: Double
  var scale: Axis.Scale = .linear
  var ticks: [Tick] = []
  var labelLines: [String] = []
  /// Whether tick labels, too long to be side by side, are rotated by 30 degrees.
  var hasSlantedTicks = false
  var hasTickMarks = true

  /// Pixels below the frame that ticks and their labels need.
  var tickRoomBelow: Int {
    guard !ticks.isEmpty else { return 0 }
    if hasSlantedTicks { return 24 + TextStyle.body.lineHeight / 2 + widestTick / 2 }
    let lines = ticks.map { $0.label.split(separator: "\n").count }.max() ?? 1
    return 14 + TextStyle.body.lineHeight * lines
  }

  /// Pixels beside the frame that ticks and their labels need.
  var tickRoomBeside: Int { ticks.isEmpty ? 0 : 26 + widestTick }

  /// Pixels below the frame that ticks, their labels and the axis label need.
  var roomBelow: Int { tickRoomBelow + labelRoom }

  /// Pixels beside the frame that ticks, their labels and the axis label need.
  var roomBeside: Int { tickRoomBeside + labelRoom }

  private var labelRoom: Int {
    labelLines.isEmpty ? 0 : Self.labelGap + TextStyle.body.lineHeight * labelLines.count
  }

  private var widestTick: Int { Int((ticks.map(\.labelWidth).max() ?? 0).rounded(.up)) }
}

extension Tick {
  /// Pixels from the left to the right end of the label.
  var labelWidth: Double {
    label.split(separator: "\n").map { TextStyle.body.width(String($0)) }.max() ?? 0
  }
}
