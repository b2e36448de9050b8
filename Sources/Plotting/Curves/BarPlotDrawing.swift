import Foundation
import PlotBridge

extension BarPlot {
  package func write(to url: URL, with gnuplot: Gnuplot) throws {
    try check()
    let page = try page()
    var tables: [[PlotPoint]] = []
    let parts =
      (isStacked ? stack(&tables) : bars(&tables) + whiskers(&tables) + levels(&tables))
      + marks.horizontalLines(markColor)
    let script = page.script(parts, extraSettings: "set boxwidth \(barWidth * 0.9)")
    try PictureFile.save(try gnuplot.draw(title: title, tables: tables, script: script), to: url)
  }

  private var barWidth: Double { isStacked ? 0.72 : 0.8 / Double(series.count) }

  private func check() throws {
    guard !series.isEmpty, !categories.isEmpty else {
      throw PlottingError.nothingToDraw(title: title)
    }
    for bars in series {
      let lists = [("bars", bars.values), ("low ends", bars.low), ("high ends", bars.high)]
      for case (let what, let list?) in lists {
        guard list.count == categories.count else {
          throw PlottingError.countMismatch(
            series: bars.name, what: what, count: list.count, expected: categories.count)
        }
        try y.check(list, of: "\"\(bars.name)\"")
      }
      if (bars.low == nil) != (bars.high == nil) {
        throw PlottingError.unusable(
          title: title,
          reason: "\"\(bars.name)\" has only one end of its whiskers; give low and high")
      }
    }
    for level in levels {
      guard level.values.count == categories.count else {
        throw PlottingError.countMismatch(
          series: level.name, what: "levels", count: level.values.count, expected: categories.count)
      }
      try y.check(level.values, of: "\"\(level.name)\"")
    }
    if isStacked { try checkStack() }
    guard marks.verticals.isEmpty else {
      throw PlottingError.unusable(
        title: title, reason: "a bar plot cannot show a vertical reference line")
    }
    guard series.contains(where: { $0.values.contains(where: \.isFinite) }) else {
      throw PlottingError.nothingToDraw(title: title)
    }
  }

  /// Parts of a whole add up: no negative values, no whiskers, no logarithmic axis.
  private func checkStack() throws {
    func unusable(_ reason: String) -> PlottingError { .unusable(title: title, reason: reason) }
    if case .log = y.scale { throw unusable("stacked bars need a linear axis") }
    if !levels.isEmpty { throw unusable("stacked bars cannot have levels") }
    for bars in series {
      if bars.low != nil { throw unusable("stacked bars cannot have whiskers") }
      if bars.values.contains(where: { $0 < 0 }) {
        throw unusable("\"\(bars.name)\" has a negative value, which cannot be stacked")
      }
    }
  }

  func page() throws -> CurvePage {
    let tops = isStacked ? (series.indices.last.map(tops) ?? []) : []
    let heights =
      series.flatMap { $0.values + ($0.low ?? []) + ($0.high ?? []) } + tops
      + marks.horizontals.map(\.position) + levels.flatMap(\.values)
    var range = try y.shown(heights, title: title, fromZero: true)
    if case .log(let base) = y.scale, y.range == nil {
      // The lowest bar must have a height too.
      range = (range.lowerBound / base.squareRoot())...range.upperBound
    }
    let names = (series.map(\.name) + levels.map(\.name) + marks.horizontals.map(\.name)).filter {
      !$0.isEmpty
    }
    let xRange = -0.6...(Double(categories.count) - 0.4)
    func page(_ labels: [String]) -> CurvePage {
      let ticks = labels.enumerated().map { Tick(Double($0), $1) }
      return CurvePage(
        title: title, x: .linear(xLabel, range: xRange, ticks: ticks), y: y, xRange: xRange,
        yRange: range, legend: names, hasGroups: true)
    }
    var result = page(categories)
    // Names of groups are wrapped to the width of a group, or slanted if they are still too wide.
    let room = Double(result.frameWidth) / (Double(categories.count) + 0.2) - 12
    let lines = categories.map { TextStyle.body.wrapped($0, toWidth: room) }
    if lines.joined().allSatisfy({ TextStyle.body.width($0) <= room }) {
      return page(lines.map { $0.joined(separator: "\n") })
    }
    result.hasSlantedTicks = true
    return result
  }

  private func color(_ index: Int) -> Palette.Color {
    series[index].color ?? series[index].concept?.color ?? Palette.color(index)
  }

  private func position(_ bar: Int, in group: Int) -> Double {
    Double(group) + (Double(bar) - Double(series.count - 1) / 2) * barWidth
  }

  /// The upper edge of one part in every group. A missing part adds nothing.
  private func tops(_ index: Int) -> [Double] {
    categories.indices.map { group in
      series[...index].reduce(0) { $0 + ($1.values[group].isFinite ? $1.values[group] : 0) }
    }
  }

  /// Each part is drawn from zero, the top of the stack first, so that the next part covers the
  /// rest. The legend then has the order of the stack.
  private func stack(_ tables: inout [[PlotPoint]]) -> [String] {
    series.indices.reversed().map { index in
      tables.append(
        tops(index).enumerated().map { group, top in
          PlotPoint(x: Double(group), y: top, low: top, high: top)
        })
      return "$table\(tables.count - 1) using 1:2 with boxes fs solid 1.0 border "
        + "lw 1 lc rgb \"\(color(index).hex)\" "
        + CurvePage.legendEntry(series[index].name)
    }
  }

  private func bars(_ tables: inout [[PlotPoint]]) -> [String] {
    series.enumerated().map { index, bars in
      tables.append(
        bars.values.enumerated().map { group, value in
          PlotPoint(x: position(index, in: group), y: value, low: value, high: value)
        })
      return "$table\(tables.count - 1) using 1:2 with boxes fs \(fill(index)) "
        + "lw 2 lc rgb \"\(color(index).hex)\" "
        + CurvePage.legendEntry(bars.name)
    }
  }

  /// Bars that repeat a color are hatched.
  private func fill(_ index: Int) -> String {
    index < Palette.series.count ? "solid 0.85 border" : "pattern 4 border"
  }

  /// A line from the left to the right end of each group's bars.
  private func levels(_ tables: inout [[PlotPoint]]) -> [String] {
    levels.map { level in
      tables.append(
        level.values.enumerated().map { group, value in
          PlotPoint(x: Double(group) - 0.44, y: value, low: 0.88, high: 0)
        })
      return "$table\(tables.count - 1) using 1:2:3:4 with vectors nohead lw 4 "
        + "lc rgb \"\(Palette.foreground.hex)\" " + CurvePage.legendEntry(level.name)
    }
  }

  /// Whiskers are arrows with flat heads, because gnuplot's own error bars leave a gap for the
  /// point.
  private func whiskers(_ tables: inout [[PlotPoint]]) -> [String] {
    series.enumerated().compactMap { index, bars -> String? in
      guard let low = bars.low, let high = bars.high else { return nil }
      tables.append(
        bars.values.indices.map { group in
          let isFinite = low[group].isFinite && high[group].isFinite
          return PlotPoint(
            x: position(index, in: group), y: isFinite ? bars.values[group] : .nan, low: low[group],
            high: high[group])
        })
      return "$table\(tables.count - 1) using 1:3:(0):($4-$3) with vectors "
        + "heads size graph 0.007,90 lw 2.5 lc rgb \"\(Palette.foreground.hex)\" notitle"
    }
  }
}
