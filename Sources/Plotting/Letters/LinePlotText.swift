import Foundation

extension LinePlot {
  /// Curves as dots of braille. A letter on each curve and at its right end names it in the key.
  public var text: String? {
    guard let page = try? page() else { return nil }
    let named = series.indices.filter { !series[$0].name.isEmpty }
    let hasLetters = series.count > 1
    let marks =
      named.map { index in
        let sample = hasLetters ? String(mark(index)) : self.sample(index)
        return "\(sample) \(series[index].name)"
      } + self.marks.horizontals.map { "┄ \($0.name)" } + page.verticals.map { "┊ \($0.name)" }
    let plot = PlotLetters(
      title: title, x: x, y: y, xRange: page.xRange, yRange: page.yRange, key: marks,
      gutter: hasLetters ? 2 : 0)
    var field = LetterGrid(columns: plot.columns + plot.gutter, rows: plot.rows)
    if hasLetters { writeLetters(plot, on: &field) }
    if !hasLetters, let only = series.first, only.style == .points {
      for place in places(only, plot) { field[place.row, place.column] = "•" }
    }
    var dots = Dots(columns: plot.columns, rows: plot.rows)
    for line in series { draw(line, plot, on: &dots) }
    field.write(dots, row: 0, column: 0)
    for mark in self.marks.horizontals where page.yRange.contains(mark.position) {
      for column in 0..<plot.columns where field[plot.row(mark.position), column] == " " {
        field[plot.row(mark.position), column] = "┄"
      }
    }
    for mark in page.verticals {
      for row in 0..<plot.rows where field[row, plot.column(mark.position)] == " " {
        field[row, plot.column(mark.position)] = "┊"
      }
    }
    return plot.text(field)
  }

  /// A dot for the only series of points, a letter for any other.
  private func mark(_ index: Int) -> Character {
    let isOnly = series[index].style == .points && series.count { $0.style == .points } == 1
    return isOnly ? "•" : PlotLetters.mark(index)
  }

  private func sample(_ index: Int) -> String { series[index].style == .points ? "•" : "⠒" }

  /// The letters under the points of a series, from left to right, inside the field.
  private func places(_ line: Series, _ plot: PlotLetters) -> [(row: Int, column: Int)] {
    zip(line.x, line.y).filter {
      $0.isFinite && $1.isFinite && plot.xRange.contains($0) && plot.yRange.contains($1)
    }.sorted { $0.0 < $1.0 }.map { (plot.row($1), plot.column($0)) }
  }

  /// Points get letters at every place. A line gets one where few others are, and one at its end:
  /// in the gutter if it ends at the right edge.
  private func writeLetters(_ plot: PlotLetters, on field: inout LetterGrid) {
    for (index, line) in series.enumerated() {
      let places = places(line, plot)
      guard let last = places.last else { continue }
      let mark = mark(index)
      if line.style == .points {
        for place in places where field[place.row, place.column] == " " {
          field[place.row, place.column] = mark
        }
        continue
      }
      // Near the edge, the first free row of the gutter.
      let rows = (0..<plot.rows).sorted { abs($0 - last.row) < abs($1 - last.row) }
      if last.column >= plot.columns - 3 {
        let free = rows.first { field[$0, plot.columns + 1] == " " }
        field[free ?? last.row, plot.columns + 1] = mark
      } else {
        field[last.row, last.column + 1] = mark
      }
      // One on the curve, at its own part of the width.
      let wanted = Double(plot.columns) * (Double(index) + 0.5) / Double(series.count)
      let near = interpolated(line, plot).min {
        abs(Double($0.column) - wanted) < abs(Double($1.column) - wanted)
      }
      if let near, field[near.row, near.column] == " " { field[near.row, near.column] = mark }
    }
  }

  /// The letters that a line passes through.
  private func interpolated(_ line: Series, _ plot: PlotLetters) -> [(row: Int, column: Int)] {
    let points = zip(line.x, line.y).map { plot.dot($0, $1) }
    return zip(points, points.dropFirst()).flatMap { start, end -> [(row: Int, column: Int)] in
      guard start.x.isFinite, start.y.isFinite, end.x.isFinite, end.y.isFinite else { return [] }
      // A value far outside of the range has no letter.
      let reach = [start.x, start.y, end.x, end.y].map(abs).max() ?? 0
      guard reach < 1e6 else { return [] }
      let steps = max(1, Int(min(abs(end.x - start.x), 400) / 2))
      return (0...steps).map { step in
        let part = Double(step) / Double(steps)
        let y = line.style == .step ? start.y : start.y + part * (end.y - start.y)
        return (Int(y / 4), Int((start.x + part * (end.x - start.x)) / 2))
      }.filter { (0..<plot.rows).contains($0.row) && (0..<plot.columns).contains($0.column) }
    }
  }

  private func draw(_ line: Series, _ plot: PlotLetters, on dots: inout Dots) {
    let points = zip(line.x, line.y).map { plot.dot($0, $1) }
    guard line.style != .points else {
      for (index, x) in line.x.enumerated() {
        guard let low = line.low?[index], let high = line.high?[index] else { continue }
        dots.line(from: plot.dot(x, low), to: plot.dot(x, high))
      }
      return
    }
    for (start, end) in zip(points, points.dropFirst()) {
      if line.style == .step {
        dots.line(from: start, to: (end.x, start.y))
        dots.line(from: (end.x, start.y), to: end)
      } else {
        dots.line(from: start, to: end, isDashed: line.style == .dashed)
      }
    }
    if points.count == 1, let only = points.first { dots.line(from: only, to: only) }
  }
}
