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
  /// Whether names at the curves are in place of the legend.
  private(set) var isLabeled = false
  /// Names right of the frame, at the right ends of curves.
  private(set) var ends: [CurveEnd] = []
  /// Names inside the frame, of curves that end there.
  private(set) var insideNames: [InsideName] = []
  /// Texts beside points.
  var labels: [PointLabel] = []
  /// Reference lines that have their name above the plot.
  var verticals: [(position: Double, name: String)] = []
  /// Whether the x axis has names of groups instead of numbers.
  var hasGroups = false
  var hasSlantedTicks = false
  /// Whether the y axis has names of rows instead of numbers.
  var hasRows = false
  var height = Self.height

  /// A text right of a point, or left of it where there is no room.
  struct PointLabel {
    var text: String
    var y: Double
    /// The left and the right end of what is drawn at the point.
    var from: Double
    var to: Double
    var color: Palette.Color
  }

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
    if isLabeled { return CurveEnd.indent + CurveEnd.width(of: ends) + Page.margin }
    let lines = legend.flatMap(Self.legendLines)
    guard let widest = lines.map(TextStyle.body.width).max() else { return 2 * Page.margin }
    return Self.legendIndent + Int(widest.rounded(.up)) + Page.margin
  }

  /// The width of the frame in pixels.
  var frameWidth: Int { Self.width - left - right }

  private var frame: Frame {
    Frame(
      left: left, top: top, width: frameWidth, height: height - top - bottom, x: xAxis,
      y: yAxis)
  }

  private var xAxis: FrameAxis {
    FrameAxis(
      start: xRange.lowerBound, end: xRange.upperBound, scale: x.scale, ticks: xTicks,
      labelLines: TextStyle.body.wrapped(x.shownLabel(in: xRange), toWidth: Double(frameWidth)),
      hasSlantedTicks: hasSlantedTicks, hasTickMarks: !hasGroups)
  }

  private var yAxis: FrameAxis {
    FrameAxis(
      start: yRange.lowerBound, end: yRange.upperBound, scale: y.scale,
      ticks: y.shownTicks(in: yRange),
      labelLines: hasRows
        ? [] : TextStyle.body.wrapped(y.shownLabel(in: yRange), toWidth: 600),
      hasTickMarks: !hasRows)
  }

  private var xTicks: [Tick] {
    if hasGroups { return x.ticks ?? [] }
    return Ticks.apart(
      x.ticks.map { _ in x.shownTicks(in: xRange) }, atMost: 8,
      round: { x.roundTicks(in: xRange, atMost: $0) },
      position: { pixel($0) - Double(left) }, extent: { $0.labelWidth + 16 })
  }

  /// The gnuplot script that ends with these parts of its `plot` command.
  func script(_ parts: [String], extraSettings: String = "") -> String {
    var page = Page(width: Self.width, height: height)
    page.write(titleLines: titleLines)
    let frame = frame
    frame.writeLabels(on: &page)
    writeVerticalNames(on: &page)
    writeLabels(on: &page)
    for name in insideNames {
      page.write(name.text, x: name.x, y: name.y, align: name.align, color: name.color.text)
    }
    let connectors = placedEnds().map { $0.draw(on: &page, edge: Double(left + frameWidth)) }
    return """
      \(page.settings)
      \(frame.settings(on: page))
      set grid \(hasGroups ? "noxtics" : "xtics") ytics lt 1 lw 1.5 lc rgb "\(Palette.grid.hex)"
      \(legendSettings(on: page))
      \(page.texts.joined(separator: "\n"))
      \(verticalLines)
      \(connectors.joined(separator: "\n"))
      \(extraSettings)
      plot \(parts.joined(separator: ", \\\n  "))
      """
  }

  private func legendSettings(on page: Page) -> String {
    guard !legend.isEmpty, !isLabeled else { return "unset key" }
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
    Double(left) + Double(frameWidth) * x.fraction(value, in: xRange)
  }

  /// The pixel of a value on the y axis.
  private func pixelDown(_ value: Double) -> Double {
    Double(top) + Double(height - top - bottom) * (1 - y.fraction(value, in: yRange))
  }

  private func writeLabels(on page: inout Page) {
    for label in labels {
      let width = TextStyle.body.width(label.text)
      let isRight = pixel(label.to) + 16 + width < Double(left + frameWidth)
      page.write(
        label.text, x: isRight ? pixel(label.to) + 14 : pixel(label.from) - 14,
        y: pixelDown(label.y), align: isRight ? .left : .right, color: label.color)
    }
  }

  /// Names at the curves instead of the legend, if all of them have room: right of the frame, or
  /// inside it for a curve that ends far from its right edge.
  mutating func label(_ traces: [CurveTrace], references: [CurveEnd]) {
    var outer = references
    var inner: [CurveTrace] = []
    for trace in traces where !trace.name.isEmpty {
      guard let end = trace.end else { return }
      if end.x > 0.6 {
        outer.append(CurveEnd(name: trace.name, x: end.x, y: end.y, color: trace.color))
      } else {
        inner.append(trace)
      }
    }
    guard !(outer.isEmpty && inner.isEmpty), outer.count <= 12,
      references.allSatisfy({ (-0.001...1.001).contains($0.y) })
    else { return }
    (isLabeled, ends) = (true, outer)
    let shift = placedEnds().map { abs($0.labelY - $0.y) }.max() ?? 0
    let room = NameRoom(frame: frameBox, traces: traces, references, verticals.map { fraction($0) })
    if shift <= 90, let names = room.names(of: inner) {
      insideNames = names
    } else {
      (isLabeled, ends) = (false, [])
    }
  }

  private var frameBox: PixelBox {
    PixelBox(
      left: Double(left), right: Double(left + frameWidth), top: Double(top),
      bottom: Double(height - bottom))
  }

  private func fraction(_ vertical: (position: Double, name: String)) -> Double {
    x.fraction(vertical.position, in: xRange)
  }

  /// The ends at their pixels, with labels that do not touch.
  private func placedEnds() -> [PlacedEnd] {
    let frame = frameBox
    let placed = ends.map { end in
      let (x, y) = frame.pixel(end.x, end.y)
      return PlacedEnd(end: end, x: min(x, frame.right), y: y, labelY: y)
    }.sorted { $0.y < $1.y }
    return PlacedEnd.apart(placed, from: frame.top, to: frame.bottom)
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
