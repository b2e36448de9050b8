import Foundation

extension HeatMap {
  public var note: String? { note(toFit: maximumPixelSide) }

  public func write(to url: URL) throws {
    try write(to: url, with: Gnuplot())
  }

  package func write(to url: URL, with gnuplot: Gnuplot) throws {
    let panel = try MapPanel(self, side: maximumPixelSide)
    let scale = try ColorScale([panel.matrix], of: self, title: title)
    let page = MapPage(
      title: title, panels: [panel], columnCount: 1, scale: scale, barLabel: barLabel,
      notes: [note].compactMap { $0 })
    try PictureFile.save(try page.picture(gnuplot), to: url)
  }
}

extension HeatMapSheet {
  public var note: String? {
    notes.isEmpty ? nil : notes.joined(separator: " ")
  }

  public func write(to url: URL) throws {
    try write(to: url, with: Gnuplot())
  }

  package func write(to url: URL, with gnuplot: Gnuplot) throws {
    let panels = try panels()
    let scale = try ColorScale(panels.map(\.matrix), of: maps[0], title: title)
    let page = MapPage(
      title: title, panels: panels, columnCount: columnCount, scale: scale,
      barLabel: maps[0].barLabel, notes: notes)
    try PictureFile.save(try page.picture(gnuplot), to: url)
  }

  /// The number of maps in a row: `across`, or else all of up to three maps, or about twice the
  /// number of rows.
  var columnCount: Int {
    if let across { return min(max(across, 1), maps.count) }
    return maps.count <= 3 ? maps.count : Int((Double(maps.count) * 2).squareRoot().rounded())
  }

  private func panels() throws -> [MapPanel] {
    guard let first = maps.first else { throw PlottingError.nothingToDraw(title: title) }
    if let other = maps.first(where: {
      $0.colors != first.colors || $0.valueRange != first.valueRange
    }) {
      throw PlottingError.unusable(
        title: title,
        reason: "\"\(other.title)\" and \"\(first.title)\" have different colors or ranges, but "
          + "share one color bar")
    }
    let sameX = Set(maps.map(\.xLabel)).count == 1
    let sameY = Set(maps.map(\.yLabel)).count == 1
    return try maps.enumerated().map { index, map in
      var panel = try MapPanel(map, side: side)
      // A title may be a little wider than its map, because the ticks of the next map leave space.
      panel.titleLines = TextStyle.panelTitle.wrapped(
        map.title, toWidth: Double(max(panel.width + 60, 200)))
      // A label that all panels share is written once per row and once per column.
      panel.showsXLabel = !sameX || index + columnCount >= maps.count
      panel.showsYLabel = !sameY || index % columnCount == 0
      return panel
    }
  }

  /// The largest side of one map on a page 1,600 pixels wide, without its ticks.
  private var side: Int {
    guard columnCount > 0 else { return 0 }
    return min(max(1400 / columnCount - 80, 64), maps.map(\.maximumPixelSide).min() ?? 0)
  }

  /// One sentence for all maps that were pooled in the same way.
  private var notes: [String] {
    maps.compactMap { $0.note(toFit: side) }.reduce(into: []) { notes, note in
      if !notes.contains(note) { notes.append(note) }
    }
  }
}
