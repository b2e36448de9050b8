import Foundation
import PlotBridge

extension LinePlot {
  package func write(to url: URL, with gnuplot: Gnuplot) throws {
    let page = try page()
    var tables: [[PlotPoint]] = []
    let parts = bands(&tables) + curves(&tables) + marks.horizontalLines()
    let picture = try gnuplot.draw(title: title, tables: tables, script: page.script(parts))
    try PictureFile.save(picture, to: url)
  }

  func page() throws -> CurvePage {
    try check()
    let drawn = series.flatMap { line in
      zip(line.x, line.y).filter { $0.isFinite && $1.isFinite }
    }
    guard !drawn.isEmpty else { throw PlottingError.nothingToDraw(title: title) }
    var xs = drawn.map(\.0)
    var ys = drawn.map(\.1) + series.flatMap { ($0.low ?? []) + ($0.high ?? []) }
    for mark in marks {
      switch mark {
      case .vertical(let position, _): xs.append(position)
      case .horizontal(let position, _): ys.append(position)
      }
    }
    let xRange = try x.shown(xs, title: title)
    var page = CurvePage(
      title: title, x: x, y: y, xRange: xRange, yRange: try y.shown(ys, title: title),
      legend: series.map(\.name).filter { !$0.isEmpty } + marks.horizontals.map(\.name))
    page.verticals = marks.verticals.filter { xRange.contains($0.position) }
    // Points have no end at which a name could stand.
    if series.count <= 5, series.contains(where: { $0.style != .points }) {
      page.label(traces(in: page), references: references(in: page))
    }
    return page
  }

  /// Checks everything before gnuplot is started.
  private func check() throws {
    for line in series {
      let name = line.name.isEmpty ? title : line.name
      let counts = [("values of y", line.y), ("low ends", line.low), ("high ends", line.high)]
      for case (let what, let list?) in counts where list.count != line.x.count {
        throw PlottingError.countMismatch(
          series: name, what: what, count: list.count, expected: line.x.count)
      }
      if (line.low == nil) != (line.high == nil) {
        throw PlottingError.unusable(
          title: title, reason: "\"\(name)\" has only one end of its spread; give low and high")
      }
      if line.x.isEmpty {
        throw PlottingError.countMismatch(series: name, what: "points", count: 0, expected: 1)
      }
      try x.check(line.x, of: "\"\(name)\" (x)")
      for list in [line.y, line.low, line.high] { try y.check(list, of: "\"\(name)\"") }
    }
    if let mark = (marks.verticals + marks.horizontals).first(where: { !$0.position.isFinite }) {
      throw PlottingError.unusable(
        title: title, reason: "the position of the mark \"\(mark.name)\" is not finite")
    }
    for mark in marks.verticals { try x.check([mark.position], of: "The mark \"\(mark.name)\"") }
    for mark in marks.horizontals { try y.check([mark.position], of: "The mark \"\(mark.name)\"") }
  }
}

extension LinePlot {
  private func traces(in page: CurvePage) -> [CurveTrace] {
    series.enumerated().map { index, line in
      CurveTrace(
        name: line.name, color: color(index),
        points: zip(line.x, line.y).filter { $0.isFinite && $1.isFinite }
          .sorted { $0.0 < $1.0 }.map {
            (x.fraction($0, in: page.xRange), y.fraction($1, in: page.yRange))
          })
    }
  }

  /// The right ends of the horizontal lines that have a name.
  private func references(in page: CurvePage) -> [CurveEnd] {
    marks.horizontals.filter { !$0.name.isEmpty }.map {
      CurveEnd(
        name: $0.name, x: 1, y: y.fraction($0.position, in: page.yRange), color: Palette.mark)
    }
  }

  func color(_ index: Int) -> Palette.Color {
    series[index].concept?.color ?? Palette.color(index)
  }

  /// Bands are drawn first, below all curves.
  private func bands(_ tables: inout [[PlotPoint]]) -> [String] {
    series.enumerated().compactMap { index, line -> String? in
      guard line.style != .points, let low = line.low, let high = line.high else { return nil }
      var points = line.x.indices.map { i in
        let isFinite = line.y[i].isFinite && low[i].isFinite && high[i].isFinite
        return PlotPoint(x: line.x[i], y: isFinite ? low[i] : .nan, low: low[i], high: high[i])
      }
      if line.style == .step { points = staircase(points) }
      tables.append(points)
      return "$table\(tables.count - 1) using 1:3:4 with filledcurves "
        + "fc rgb \"\(color(index).hex)\" fs transparent solid 0.18 noborder notitle"
    }
  }

  /// Repeats each point at the x of the next one, so that a band follows the steps of its curve.
  private func staircase(_ points: [PlotPoint]) -> [PlotPoint] {
    points.indices.flatMap { i -> [PlotPoint] in
      guard i + 1 < points.count, points[i + 1].y.isFinite else { return [points[i]] }
      var held = points[i]
      held.x = points[i + 1].x
      return [points[i], held]
    }
  }

  private func curves(_ tables: inout [[PlotPoint]]) -> [String] {
    series.enumerated().map { index, line in
      tables.append(
        line.x.indices.map { i in
          PlotPoint(
            x: line.x[i], y: line.y[i], low: intervalEnd(line.low, i, or: line.y[i]),
            high: intervalEnd(line.high, i, or: line.y[i]))
        })
      return "$table\(tables.count - 1) \(style(of: line, at: index)) "
        + CurvePage.legendEntry(line.name)
    }
  }

  private func style(of line: Series, at index: Int) -> String {
    let color = "lc rgb \"\(color(index).hex)\""
    let marker = "pt \(Palette.marker(index)) ps 1.8"
    // Concepts have their own colors and need no dashes to be told apart.
    let dash = "dt \(line.concept == nil ? Palette.dash(index) : "1")"
    switch line.style {
    case .line: return "using 1:2 with lines lw 3.5 \(dash) \(color)"
    case .dashed: return "using 1:2 with lines lw 3.5 dt (8,6) \(color)"
    case .step: return "using 1:2 with steps lw 3.5 \(dash) \(color)"
    case .linePoints: return "using 1:2 with linespoints lw 3.5 \(dash) \(marker) \(color)"
    case .points:
      return line.low == nil
        ? "using 1:2 with points \(marker) \(color)"
        : "using 1:2:3:4 with yerrorbars lw 2.5 \(marker) \(color)"
    }
  }
}
