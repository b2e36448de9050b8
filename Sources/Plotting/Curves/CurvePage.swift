import Foundation

/// The page of a plot of curves or bars: title, one frame, a legend at the right, and the names of
/// vertical reference lines above the frame.
///
/// All margins are computed from the texts in them, because gnuplot's own margins cut off long
/// legends.
struct CurvePage {
  static let width = 1400
  static let height = 860
  private static let legendWidth = 340.0
  /// Pixels from the frame to the text of the legend: a gap and a sample of the line.
  private static let legendIndent = 98

  let title: String
  let x: Axis
  let y: Axis
  let xRange: ClosedRange<Double>
  let yRange: ClosedRange<Double>
  /// The names in the legend; empty for a figure without one.
  let legend: [String]
  /// Reference lines that have their name above the plot.
  var verticals: [(position: Double, name: String)] = []
  /// Whether the x axis has names of groups instead of numbers.
  var hasGroups = false
  var hasSlantedTicks = false

  private var titleLines: [String] {
    TextStyle.title.wrapped(title, toWidth: Double(Self.width - 4 * Page.margin))
  }

  private var top: Int {
    let rows = (verticalRows.max() ?? -1) + 1
    return Page.margin + 10 + TextStyle.title.lineHeight * titleLines.count
      + TextStyle.body.lineHeight * rows
  }

  private var bottom: Int { xAxis.roomBelow + Page.margin / 2 }

  private var left: Int {
    // Half of the first tick's label may be left of the frame.
    yAxis.roomBeside + Page.margin
  }

  private var right: Int {
    let lines = legend.flatMap(Self.legendLines)
    guard let widest = lines.map(TextStyle.body.width).max() else { return 2 * Page.margin }
    return Self.legendIndent + Int(widest.rounded(.up)) + Page.margin
  }

  /// The width of the frame in pixels.
  var frameWidth: Int { Self.width - left - right }

  private var frame: Frame {
    Frame(
      left: left, top: top, width: frameWidth, height: Self.height - top - bottom, x: xAxis,
      y: yAxis)
  }

  private var xAxis: FrameAxis {
    FrameAxis(
      start: xRange.lowerBound, end: xRange.upperBound, scale: x.scale, ticks: xTicks,
      labelLines: TextStyle.body.wrapped(x.label, toWidth: Double(frameWidth)),
      hasSlantedTicks: hasSlantedTicks, hasTickMarks: !hasGroups)
  }

  private var yAxis: FrameAxis {
    FrameAxis(
      start: yRange.lowerBound, end: yRange.upperBound, scale: y.scale,
      ticks: y.shownTicks(in: yRange),
      labelLines: TextStyle.body.wrapped(y.label, toWidth: 600))
  }

  private var xTicks: [Tick] {
    if hasGroups { return x.ticks ?? [] }
    return Ticks.apart(
      x.ticks.map { _ in x.shownTicks(in: xRange) }, atMost: 8,
      round: { Ticks.on(xRange, scale: x.scale, atMost: $0) },
      position: { pixel($0) - Double(left) }, extent: { $0.labelWidth + 16 })
  }

  /// The gnuplot script that ends with these parts of its `plot` command.
  func script(_ parts: [String], extraSettings: String = "") -> String {
    var page = Page(width: Self.width, height: Self.height)
    page.write(titleLines: titleLines)
    let frame = frame
    frame.writeLabels(on: &page)
    writeVerticalNames(on: &page)
    return """
      \(page.settings)
      \(frame.settings(on: page))
      set grid \(hasGroups ? "noxtics" : "xtics") ytics lt 1 lw 1.5 lc rgb "\(Palette.grid.hex)"
      \(legendSettings(on: page))
      \(page.texts.joined(separator: "\n"))
      \(verticalLines)
      \(extraSettings)
      plot \(parts.joined(separator: ", \\\n  "))
      """
  }

  private func legendSettings(on page: Page) -> String {
    guard !legend.isEmpty else { return "unset key" }
    let corner = page.screen(Double(Self.width - right + Page.margin), Double(top))
    return "set key at \(corner) left top Left reverse samplen 2.4 spacing 1.35 noenhanced "
      + "textcolor rgb \"\(Palette.foreground.hex)\""
  }

  private static func legendLines(_ name: String) -> [String] {
    TextStyle.body.wrapped(name, toWidth: legendWidth)
  }

  /// The title option of one curve. gnuplot gives every entry the height of one line. So the other
  /// lines of a long name become separate entries with a white, invisible sample.
  static func legendEntry(_ name: String) -> String {
    guard !name.isEmpty else { return "notitle" }
    let lines = legendLines(name).map(Gnuplot.quoted)
    return "title \(lines[0])"
      + lines.dropFirst().map { ", NaN with lines lc rgb \"#ffffff\" title \($0)" }.joined()
  }
}

extension CurvePage {
  /// The pixel of a value on the x axis.
  private func pixel(_ value: Double) -> Double {
    let (low, high) = (xRange.lowerBound, xRange.upperBound)
    let fraction: Double
    switch x.scale {
    case .linear: fraction = (value - low) / (high - low)
    case .log: fraction = log(value / low) / log(high / low)
    }
    return Double(left) + Double(frameWidth) * fraction
  }

  /// The row above the frame for the name of each vertical line: the first row in which it does not
  /// touch another name.
  private var verticalRows: [Int] {
    var ends: [Double] = []
    return verticals.map { vertical in
      let center = nameCenter(vertical)
      let half = TextStyle.body.width(vertical.name) / 2 + 8
      let row = ends.firstIndex { $0 <= center - half } ?? ends.count
      if row == ends.count { ends.append(0) }
      ends[row] = center + half
      return row
    }
  }

  /// Above its line, but inside the page.
  private func nameCenter(_ vertical: (position: Double, name: String)) -> Double {
    let half = TextStyle.body.width(vertical.name) / 2 + Double(Page.margin)
    return min(max(pixel(vertical.position), half), Double(Self.width) - half)
  }

  private func writeVerticalNames(on page: inout Page) {
    for (vertical, row) in zip(verticals, verticalRows) {
      let above = 16 + TextStyle.body.lineHeight * row
      page.write(
        vertical.name, x: nameCenter(vertical), y: Double(top - above),
        color: Palette.secondaryText)
    }
  }

  private var verticalLines: String {
    verticals.map { vertical in
      "set arrow from first \(vertical.position), graph 0 to first \(vertical.position), graph 1 "
        + "nohead back dt (6,5) lw 2.5 lc rgb \"\(Palette.mark.hex)\""
    }.joined(separator: "\n")
  }
}
