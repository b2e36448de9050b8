import Foundation
import PlotBridge

extension DotPlot {
  package func write(to url: URL, with gnuplot: Gnuplot) throws {
    var page = try page()
    var tables: [[PlotPoint]] = []
    let parts = series.enumerated().map { index, dots in
      tables.append(
        dots.values.enumerated().map { row, value in
          PlotPoint(
            x: value, y: position(index, in: row), low: intervalEnd(dots.low, row, or: value),
            high: intervalEnd(dots.high, row, or: value))
        })
      return "$table\(index) using 1:2:3:4 with xerrorbars lw 3 pt \(Palette.marker(index)) "
        + "ps 2.2 lc rgb \"\(color(index).hex)\" \(CurvePage.legendEntry(dots.name))"
    }
    for (index, dots) in series.enumerated() {
      for (row, label) in (dots.labels ?? []).enumerated() where dots.values[row].isFinite {
        page.labels.append(
          .init(
            text: label, y: position(index, in: row),
            from: intervalEnd(dots.low, row, or: dots.values[row]),
            to: intervalEnd(dots.high, row, or: dots.values[row]), color: color(index).text))
      }
    }
    let picture = try gnuplot.draw(title: title, tables: tables, script: page.script(parts))
    try PictureFile.save(picture, to: url)
  }

  func page() throws -> CurvePage {
    try check()
    let values =
      series.flatMap { $0.values + ($0.low ?? []) + ($0.high ?? []) }
      + marks.verticals.map(\.position)
    let xRange = try x.shown(values, title: title)
    let yRange = (0.4 - Double(categories.count))...0.6
    let ticks = categories.enumerated().map { Tick(-Double($0), $1) }
    var page = CurvePage(
      title: title, x: x, y: .linear("", range: yRange, ticks: ticks), xRange: xRange,
      yRange: yRange, legend: series.map(\.name).filter { !$0.isEmpty })
    page.hasRows = true
    page.height = min(CurvePage.height, 260 + categories.count * max(64, 34 * series.count))
    page.verticals = marks.verticals.filter { xRange.contains($0.position) }
    return page
  }

  private func check() throws {
    guard !series.isEmpty, !categories.isEmpty,
      series.contains(where: { $0.values.contains(where: \.isFinite) })
    else { throw PlottingError.nothingToDraw(title: title) }
    for dots in series {
      let name = dots.name.isEmpty ? title : dots.name
      let counts = [
        ("dots", dots.values.count), ("low ends", dots.low?.count), ("high ends", dots.high?.count),
        ("labels", dots.labels?.count),
      ]
      for case (let what, let count?) in counts where count != categories.count {
        throw PlottingError.countMismatch(
          series: name, what: what, count: count, expected: categories.count)
      }
      if (dots.low == nil) != (dots.high == nil) {
        throw PlottingError.unusable(
          title: title,
          reason: "\"\(name)\" has only one end of its intervals; give low and high")
      }
      for list in [dots.values, dots.low, dots.high] { try x.check(list, of: "\"\(name)\"") }
    }
    guard marks.horizontals.isEmpty else {
      throw PlottingError.unusable(
        title: title, reason: "a dot plot cannot show a horizontal reference line")
    }
    for mark in marks.verticals { try x.check([mark.position], of: "The mark \"\(mark.name)\"") }
  }

  private func color(_ index: Int) -> Palette.Color {
    series[index].concept?.color ?? Palette.color(index)
  }

  /// The dots of one row are above each other, a little apart.
  private func position(_ index: Int, in row: Int) -> Double {
    let step = 0.6 / Double(max(series.count, 1))
    return -Double(row) - (Double(index) - Double(series.count - 1) / 2) * step
  }
}
