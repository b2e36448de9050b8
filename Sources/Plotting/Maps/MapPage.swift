import Foundation

/// A page of heat maps: a title, panels in rows, one color bar at the right, notes below.
///
/// The layout is in whole pixels. libpng writes one picture of the page's size with all cells,
/// borders and the color bar; gnuplot places it on the page (`with rgbimage`) and draws all
/// text and ticks.
struct MapPage {
  private static let barWidth = 34
  private static let swatch = 24
  private static let gap = 22
  private static let rowGap = 16
  private static let minimumWidth = 760

  let title: String
  let panels: [MapPanel]
  /// Panels side by side.
  let columnCount: Int
  let scale: ColorScale
  let barLabel: String
  let notes: [String]

  private var rows: [[MapPanel]] {
    stride(from: 0, to: panels.count, by: columnCount).map {
      Array(panels[$0..<min($0 + columnCount, panels.count)])
    }
  }

  /// Writes the pixels to a temporary file. gnuplot then draws them together with the text.
  ///
  /// - Returns: The bytes of a PNG.
  func picture(_ gnuplot: Gnuplot) throws -> Data {
    let layout = layout()
    let pixels = try layout.canvas.png(title: title)
    return try gnuplot.withTemporaryFile(pixels) { path in
      try gnuplot.draw(title: title, tables: [], script: layout.script(image: path))
    }
  }
}

extension MapPage {
  /// Everything on the page at its position.
  private struct Layout {
    var page: Page
    var canvas: Canvas
    var frames: [Frame] = []

    /// The image first, then one empty plot for each frame.
    func script(image path: String) -> String {
      let (width, height) = (Double(page.width), Double(page.height))
      let frames = frames.map { frame in
        """
        unset label
        unset y2tics
        \(frame.settings(on: page))
        plot NaN
        """
      }
      return """
        \(page.settings)
        unset border
        set multiplot
        set lmargin at screen 0
        set rmargin at screen 1
        set tmargin at screen 1
        set bmargin at screen 0
        set xrange [-0.5:\(width - 0.5)]
        set yrange [-0.5:\(height - 0.5)]
        \(page.texts.joined(separator: "\n"))
        plot \(Gnuplot.quoted(path)) binary filetype=png with rgbimage
        \(frames.joined(separator: "\n"))
        unset multiplot
        """
    }
  }

  private func layout() -> Layout {
    let rows = rows
    let columns = columnRooms(rows)
    let rowRooms = rowRooms(rows)
    let panelsWidth =
      columns.reduce(0) { $0 + $1.left + $1.right } + Self.gap * (columns.count - 1)
    let panelsHeight =
      rowRooms.reduce(0) { $0 + $1.top + $1.bottom } + Self.rowGap * (rowRooms.count - 1)
    // The bar goes from the first map's upper edge to the last row's lower edge.
    let top = rowRooms.first?.top ?? 0
    let lastHeight = rows.last?.map(\.height).max() ?? 0
    let barHeight = panelsHeight - top - (rowRooms.last?.bottom ?? 0) + lastHeight
    let bar = bar(height: barHeight)
    let contentWidth = panelsWidth + Self.gap + Self.barWidth + barRoom(bar)
    let width = pageWidth(contentWidth)
    let titleLines = lines(title, .title, pageWidth: width)
    let noteLines = notes.flatMap { lines($0, .note, pageWidth: width) }

    let head = Page.margin + 8 + TextStyle.title.lineHeight * titleLines.count
    let swatchRoom = scale.grayLabel == nil ? 0 : Self.swatch + 16
    let keyHeight = categoriesHeight ?? barHeight
    let below = head + max(panelsHeight, top + keyHeight + swatchRoom)
    let foot =
      Page.margin + (noteLines.isEmpty ? 0 : 12 + TextStyle.note.lineHeight * noteLines.count)
    var layout = Layout(
      page: Page(width: width, height: below + foot),
      canvas: Canvas(width: width, height: below + foot))
    layout.page.write(titleLines: titleLines)
    for (index, line) in noteLines.enumerated() {
      let y = below + 24 + TextStyle.note.lineHeight * index
      layout.page.write(
        line, x: Double(width) / 2, y: Double(y), .note, color: Palette.secondaryText)
    }
    let left = (width - contentWidth) / 2
    var y = head
    for (row, rowRoom) in zip(rows, rowRooms) {
      var x = left
      for (panel, column) in zip(row, columns) {
        draw(panel, x: x + column.left, y: y + rowRoom.top, on: &layout)
        x += column.left + column.right + Self.gap
      }
      y += rowRoom.top + rowRoom.bottom + Self.rowGap
    }
    drawBar(bar, x: left + panelsWidth + Self.gap, y: head + top, on: &layout)
    return layout
  }

  /// The pixels of each column: the largest space left of a map, and the largest space from there
  /// to the right.
  private func columnRooms(_ rows: [[MapPanel]]) -> [(left: Int, right: Int)] {
    (0..<min(columnCount, panels.count)).map { column in
      let own = rows.compactMap { column < $0.count ? $0[column] : nil }
      return (own.map(\.left).max() ?? 0, own.map { $0.width + $0.right }.max() ?? 0)
    }
  }

  private func rowRooms(_ rows: [[MapPanel]]) -> [(top: Int, bottom: Int)] {
    rows.map { row in
      (row.map(\.top).max() ?? 0, row.map { $0.height + $0.bottom }.max() ?? 0)
    }
  }

  /// A long word of the title makes the page wider than its maps; a long title is wrapped.
  private func pageWidth(_ contentWidth: Int) -> Int {
    let words = title.split(separator: " ").map { TextStyle.title.width(String($0)) }
    let widest = Int((words.max() ?? 0).rounded(.up))
    return max(contentWidth, Self.minimumWidth, widest) + 2 * Page.margin
  }

  private func lines(_ text: String, _ style: TextStyle, pageWidth: Int) -> [String] {
    style.wrapped(text, toWidth: Double(pageWidth - 2 * Page.margin))
  }

  private func draw(_ panel: MapPanel, x: Int, y: Int, on layout: inout Layout) {
    panel.draw(on: &layout.canvas, x: x, y: y, scale: scale)
    panel.writeTitle(on: &layout.page, x: x, y: y)
    panel.writeCellTexts(on: &layout.page, x: x, y: y, scale: scale)
    let frame = panel.frame(x: x, y: y)
    frame.writeLabels(on: &layout.page)
    layout.frames.append(frame)
  }
}

extension MapPage {
  /// The color bar with its axis at the right, at the upper left corner of the page.
  private func bar(height: Int) -> Frame {
    let border = MapPanel.border
    let ticks = scale.ticks(atMost: max(3, min(8, height / 60))).map { tick in
      Tick((1 - (scale.position(tick.value) ?? 0)) * Double(height), tick.label)
    }
    return Frame(
      left: 0, top: 0, width: Self.barWidth + 2 * border, height: height + 2 * border,
      x: FrameAxis(start: 0, end: 1),
      y: FrameAxis(
        start: Double(height + border), end: -Double(border), ticks: ticks,
        labelLines: TextStyle.body.wrapped(barLabel, toWidth: Double(max(height, 160)))),
      hasYAxisAtRight: true)
  }

  /// Pixels right of the bar: its axis, or the label of gray below it.
  private func barRoom(_ bar: Frame) -> Int {
    let gray = scale.grayLabel.map(TextStyle.note.width) ?? 0
    if case .categories = scale.colors {
      let gray = scale.grayLabel.map(TextStyle.body.width) ?? 0
      let names = categoryLines.joined().map(TextStyle.body.width)
      let label = TextStyle.body.wrapped(barLabel, toWidth: 300).map(TextStyle.body.width).max()
      let widest = max(gray, names.max() ?? 0, (label ?? 0) - Double(Self.barWidth))
      return Int(widest.rounded(.up)) + 8
    }
    return max(bar.y.roomBeside + MapPanel.border, Int(gray.rounded(.up)) + 4)
  }

  /// The names of the categories, wrapped.
  private var categoryLines: [[String]] {
    guard case .categories(let list) = scale.colors else { return [] }
    return list.map { TextStyle.body.wrapped($0.name, toWidth: 260) }
  }

  /// Pixels from the upper to the lower end of the list of categories; nil if there is a bar.
  private var categoriesHeight: Int? {
    guard case .categories = scale.colors else { return nil }
    let label = TextStyle.body.wrapped(barLabel, toWidth: 300).count * TextStyle.body.lineHeight
    return categoryLines.reduce(label + (label > 0 ? 8 : 0)) { $0 + Self.categoryHeight($1) }
  }

  private static func categoryHeight(_ lines: [String]) -> Int {
    max(swatch + 14, TextStyle.body.lineHeight * lines.count + 8)
  }

  /// One sample of color for each category, with its name.
  private func drawCategories(x: Int, y: Int, on layout: inout Layout) {
    guard case .categories(let list) = scale.colors else { return }
    let label = TextStyle.body.wrapped(barLabel, toWidth: 300)
    var top = y
    for line in label {
      layout.page.write(line, x: Double(x), y: Double(top + 14), align: .left)
      top += TextStyle.body.lineHeight
    }
    if !label.isEmpty { top += 8 }
    for (category, lines) in zip(list, categoryLines) {
      drawSample(category.color, x: x, y: top, on: &layout)
      for (index, line) in lines.enumerated() {
        let middle = top + Self.swatch / 2 + TextStyle.body.lineHeight * index
        layout.page.write(
          line, x: Double(x + Self.swatch + 10), y: Double(middle), align: .left)
      }
      top += Self.categoryHeight(lines)
    }
    drawGraySample(x: x, y: top, .body, on: &layout)
  }

  private func drawBar(_ bar: Frame, x: Int, y: Int, on layout: inout Layout) {
    if case .categories = scale.colors { return drawCategories(x: x, y: y, on: &layout) }
    let colors = scale.table
    let height = bar.height - 2 * MapPanel.border
    for row in 0..<height {
      let fraction = 1 - (Double(row) + 0.5) / Double(height)
      let color = colors[Int((fraction * Double(colors.count - 1)).rounded())]
      layout.canvas.fill(x: x, y: y + row, width: Self.barWidth, height: 1, color)
    }
    layout.canvas.frame(
      x: x, y: y, width: Self.barWidth, height: height, thickness: MapPanel.border,
      Palette.foreground)
    var frame = bar
    frame.left = x - MapPanel.border
    frame.top = y - MapPanel.border
    frame.writeLabels(on: &layout.page)
    layout.frames.append(frame)
    drawGraySample(x: x, y: y + height + 16, on: &layout)
  }

  private func drawGraySample(
    x: Int, y: Int, _ style: TextStyle = .note, on layout: inout Layout
  ) {
    guard let meaning = scale.grayLabel else { return }
    drawSample(Palette.noValue, x: x, y: y, on: &layout)
    layout.page.write(
      meaning, x: Double(x + Self.swatch + 10), y: Double(y + Self.swatch / 2), style, align: .left)
  }

  private func drawSample(_ color: Palette.Color, x: Int, y: Int, on layout: inout Layout) {
    layout.canvas.fill(x: x, y: y, width: Self.swatch, height: Self.swatch, color)
    layout.canvas.frame(
      x: x, y: y, width: Self.swatch, height: Self.swatch, thickness: MapPanel.border,
      Palette.foreground)
  }
}
