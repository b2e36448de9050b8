import Foundation

/// A page of heat maps: a title, panels in rows, one color bar at the right, a note below.
struct HeatMapPage {
  static let margin = 20
  static let titleSize = 30.0
  static let titleLineHeight = 42
  static let noteSize = 20.0
  static let barWidth = 34
  static let swatch = 24

  let title: String
  let panels: [HeatMapPanel]
  let across: Int
  let scale: ColorScale
  let barLabel: String
  let notes: [String]

  private var rows: [[HeatMapPanel]] {
    stride(from: 0, to: panels.count, by: across).map {
      Array(panels[$0..<min($0 + across, panels.count)])
    }
  }

  /// The room of each column: the widest of its panels, at the left of the map and from there on.
  private var columns: [(left: Int, rest: Int)] {
    (0..<min(across, panels.count)).map { column in
      let own = rows.compactMap { column < $0.count ? $0[column] : nil }
      return (own.map(\.left).max() ?? 0, own.map { $0.width + $0.right }.max() ?? 0)
    }
  }

  private var bands: [(top: Int, rest: Int)] {
    rows.map { row in
      (row.map(\.top).max() ?? 0, row.map { $0.height + $0.bottom }.max() ?? 0)
    }
  }

  private let gap = 18
  private let rowGap = 14

  private var panelsWidth: Int {
    columns.reduce(0) { $0 + $1.left + $1.rest } + gap * (columns.count - 1)
  }

  private var panelsHeight: Int {
    bands.reduce(0) { $0 + $1.top + $1.rest } + rowGap * (bands.count - 1)
  }

  /// From the first map's upper edge to the last row's lower edge.
  private var barHeight: Int {
    let lastMap = rows.last.flatMap { $0.map(\.height).max() } ?? 0
    let lastRest = bands.last?.rest ?? 0
    return panelsHeight - (bands.first?.top ?? 0) - lastRest + lastMap
  }

  private var barTicks: [Tick] { scale.ticks(atMost: max(3, min(8, barHeight / 60))) }

  private var barLabelLines: [String] {
    guard !barLabel.isEmpty else { return [] }
    return wrapped(barLabel) {
      Lettering.width($0, size: HeatMapPanel.labelSize) <= Double(barHeight)
    }
  }

  private var barRoom: Int {
    let tick = barTicks.map { Lettering.width($0.label, size: HeatMapPanel.tickSize) }.max() ?? 0
    let gray = scale.meaningOfGray.map { Lettering.width($0, size: Self.noteSize) } ?? 0
    let labels = HeatMapPanel.lineHeight * barLabelLines.count
    return Self.barWidth + max(16 + Int(tick) + 14 + labels, Int(gray) + 4)
  }

  private var content: Int { panelsWidth + gap + barRoom }

  /// A title that needs more width than the maps have makes the page wider, up to a point; beyond
  /// it the title is broken.
  private var width: Int {
    let words = title.split(separator: " ").map {
      Int(Lettering.width(String($0), size: Self.titleSize, weight: .bold))
    }
    return max(content, 760, words.max() ?? 0) + 2 * Self.margin
  }

  private func lines(_ text: String, size: Double, _ weight: Lettering.Weight) -> [String] {
    let room = Double(width - 2 * Self.margin)
    guard !text.isEmpty else { return [] }
    return wrapped(text) { Lettering.width($0, size: size, weight: weight) <= room }
  }

  private var titleLines: [String] { lines(title, size: Self.titleSize, .bold) }
  private var noteLines: [String] { notes.flatMap { lines($0, size: Self.noteSize, .regular) } }

  /// Draws everything.
  func drawn() -> Canvas {
    let head = Self.margin + Self.titleLineHeight * titleLines.count
    let foot = Self.margin + (noteLines.isEmpty ? 0 : 12 + 28 * noteLines.count)
    // A swatch for gray below the bar must not run off the page.
    let swatchRoom = scale.meaningOfGray == nil ? 0 : Self.swatch + 16
    let below = max(panelsHeight, (bands.first?.top ?? 0) + barHeight + swatchRoom)
    var canvas = Canvas(width: width, height: head + below + foot)
    for (index, line) in titleLines.enumerated() {
      canvas.write(
        line, x: Double(width) / 2, y: Double(Self.margin + Self.titleLineHeight * index + 26),
        size: Self.titleSize, align: .middle, weight: .bold)
    }
    let left = (width - content) / 2
    drawPanels(on: &canvas, left: left, top: head)
    drawBar(on: &canvas, left: left + panelsWidth + gap, top: head + (bands.first?.top ?? 0))
    for (index, line) in noteLines.enumerated() {
      canvas.write(
        line, x: Double(width) / 2, y: Double(head + below + 30 + 28 * index),
        size: Self.noteSize, align: .middle, Palette.quietInk)
    }
    return canvas
  }

  private func drawPanels(on canvas: inout Canvas, left: Int, top: Int) {
    var y = top
    for (row, band) in zip(rows, bands) {
      var x = left
      for (panel, column) in zip(row, columns) {
        panel.draw(on: &canvas, x: x + column.left, y: y + band.top, scale: scale)
        x += column.left + column.rest + gap
      }
      y += band.top + band.rest + rowGap
    }
  }

  private func drawBar(on canvas: inout Canvas, left: Int, top: Int) {
    let table = scale.table
    let (height, width) = (barHeight, Self.barWidth)
    for row in 0..<height {
      let part = 1 - (Double(row) + 0.5) / Double(height)
      let color = table[Int((part * Double(table.count - 1)).rounded())]
      canvas.fill(x: left, y: top + row, width: width, height: 1, color)
    }
    canvas.frame(x: left, y: top, width: width, height: height, thickness: 2, Palette.ink)
    var widest = 0.0
    for tick in barTicks {
      let part = scale.place(tick.value) ?? 0
      let y = top + Int(((1 - part) * Double(height)).rounded())
      canvas.fill(x: left + width + 2, y: y - 1, width: 7, height: 2, Palette.ink)
      canvas.write(
        tick.label, x: Double(left + width + 17), y: Double(y) + HeatMapPanel.tickSize * 0.35,
        size: HeatMapPanel.tickSize)
      widest = max(widest, Lettering.width(tick.label, size: HeatMapPanel.tickSize))
    }
    for (index, line) in barLabelLines.enumerated() {
      canvas.write(
        line, x: Double(left + width + 17) + widest + 34 + Double(32 * index),
        y: Double(top) + Double(height) / 2, size: HeatMapPanel.labelSize, align: .middle,
        upward: true)
    }
    drawMeaningOfGray(on: &canvas, left: left, top: top + height + 16)
  }

  private func drawMeaningOfGray(on canvas: inout Canvas, left: Int, top: Int) {
    guard let meaning = scale.meaningOfGray else { return }
    canvas.fill(x: left, y: top, width: Self.swatch, height: Self.swatch, Palette.noValue)
    canvas.frame(
      x: left, y: top, width: Self.swatch, height: Self.swatch, thickness: 2, Palette.ink)
    canvas.write(
      meaning, x: Double(left + Self.swatch + 12), y: Double(top) + 19, size: Self.noteSize)
  }
}
