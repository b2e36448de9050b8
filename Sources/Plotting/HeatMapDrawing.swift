import Foundation

extension HeatMap {
  public var note: String? { note(toFit: maximumPixelSide) }

  public func write(to url: URL) throws {
    let panel = try HeatMapPanel(self, side: maximumPixelSide)
    let scale = try ColorScale(
      [panel.matrix], colors: colors, asked: valueRange, title: title)
    let page = HeatMapPage(
      title: title, panels: [panel], across: 1, scale: scale, barLabel: barLabel,
      notes: [note].compactMap { $0 })
    try PNGFile().save(try page.drawn().png(title: title), to: url)
  }
}

extension HeatMapSheet {
  public var note: String? {
    notes.isEmpty ? nil : notes.joined(separator: " ")
  }

  public func write(to url: URL) throws {
    let panels = try panels()
    let scale = try ColorScale(
      panels.map(\.matrix), colors: maps[0].colors, asked: maps[0].valueRange, title: title)
    let page = HeatMapPage(
      title: title, panels: panels, across: columns, scale: scale, barLabel: maps[0].barLabel,
      notes: notes)
    try PNGFile().save(try page.drawn().png(title: title), to: url)
  }

  /// Maps in a row: as asked, or up to three in one row, then about twice as many as rows.
  private var columns: Int {
    if let across { return min(max(across, 1), maps.count) }
    return maps.count <= 3 ? maps.count : Int((Double(maps.count) * 2).squareRoot().rounded())
  }

  private func panels() throws -> [HeatMapPanel] {
    guard let first = maps.first else { throw PlottingError.nothingToDraw(title: title) }
    if let other = maps.first(where: {
      $0.colors != first.colors || $0.valueRange != first.valueRange
    }) {
      throw PlottingError.unusable(
        title: title,
        reason: "\"\(other.title)\" and \"\(first.title)\" have different colors or ranges, and "
          + "one color bar is for all")
    }
    let sameX = Set(maps.map(\.xLabel)).count == 1
    let sameY = Set(maps.map(\.yLabel)).count == 1
    return try maps.enumerated().map { index, map in
      var panel = try HeatMapPanel(map, side: side)
      panel.titleLines =
        map.title.isEmpty
        ? []
        : wrapped(map.title) {
          Lettering.width($0, size: HeatMapPanel.titleSize, weight: .bold)
            <= Double(max(panel.width, 200))
        }
      // A label that all share stands once a row and once a column.
      panel.showsXLabel = !sameX || index + columns >= maps.count
      panel.showsYLabel = !sameY || index % columns == 0
      return panel
    }
  }

  /// What is left of a page 1,600 pixels wide, for each map without its ticks.
  private var side: Int {
    guard columns > 0 else { return 0 }
    return min(max(1400 / columns - 80, 64), maps.map(\.maximumPixelSide).min() ?? 0)
  }

  /// One sentence for all maps that were pooled alike.
  private var notes: [String] {
    maps.compactMap { $0.note(toFit: side) }.reduce(into: []) { notes, note in
      if !notes.contains(note) { notes.append(note) }
    }
  }
}
