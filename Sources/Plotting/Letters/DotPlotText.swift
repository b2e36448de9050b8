extension DotPlot {
  /// One line for each row: its name, an interval with a dot or the letter of its series, and the
  /// number if there is only one series.
  public var text: String? {
    guard let page = try? page() else { return nil }
    let hasLetters = series.count > 1
    let names = min(24, categories.map(\.count).max() ?? 0)
    let entries =
      series.indices.filter { !series[$0].name.isEmpty && hasLetters }
      .map { "\(PlotLetters.mark($0)) \(series[$0].name)" }
      + page.verticals.map { "┊ \($0.name)" }
    let key = PlotLetters.keyLines(entries, atMost: 2)
    let numbers = hasLetters ? categories.map { _ in "" } : numbers
    let room = numbers.map(\.count).max() ?? 0
    let width = FigureText.columns - names - 1 - (room > 0 ? room + 1 : 0)
    let heading = letterLines(title, width: FigureText.columns, atMost: 2)
    let limit = FigureText.plotRows - heading.count - key.count - 3
    let shown = categories.count <= limit ? categories.count : limit - 1
    var field = LetterGrid(columns: FigureText.columns, rows: shown)
    func column(_ value: Double) -> Int {
      let part = min(max(x.fraction(value, in: page.xRange), 0), 1)
      return names + 1 + Int(part * Double(width - 1) + 0.5)
    }
    for row in 0..<shown {
      field.write(categories[row].shortened(to: names), row: row, column: 0)
      for mark in page.verticals { field[row, column(mark.position)] = "┊" }
      for dots in series where dots.values[row].isFinite {
        let low = column(intervalEnd(dots.low, row, or: dots.values[row]))
        let high = column(intervalEnd(dots.high, row, or: dots.values[row]))
        for place in low...max(low, high) { field[row, place] = "─" }
      }
      for (index, dots) in series.enumerated() where dots.values[row].isFinite {
        let place = column(dots.values[row])
        let isFree = !hasLetters || !field[row, place].isLetter
        field[row, isFree ? place : place + 1] = hasLetters ? PlotLetters.mark(index) : "●"
      }
      field.write(numbers[row], row: row, column: names + 1 + width + 1)
    }
    let axis = x.letters(
      in: page.xRange, start: names + 1, columns: width, atMost: 6, column: column)
    let more = shown < categories.count ? ["… and \(categories.count - shown) more"] : []
    let label = x.shownLabel(in: page.xRange).shortened(to: width)
    let labelLine =
      String(repeating: " ", count: names + 1 + (width - label.count) / 2) + label
    return (heading + field.lines + more + axis.lines + [labelLine] + key)
      .joined(separator: "\n")
  }

  private var numbers: [String] {
    guard let only = series.first else { return [] }
    return only.labels ?? only.values.map { $0.isFinite ? x.unit.text($0) : "–" }
  }
}
