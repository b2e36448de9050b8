extension BarPlot {
  /// Horizontal bars with their numbers; dots on a scale if the bars would be too many or have no
  /// zero.
  public var text: String? {
    guard let page = try? page() else { return nil }
    let heading = letterLines(title, width: FigureText.columns, atMost: 2)
    let room = FigureText.plotRows - heading.count - 1
    if isStacked { return stackedText(heading, page.yRange.upperBound, room: room - 1) }
    let series = series + levels.map { Bars($0.name, values: $0.values) }
    let lineCount = categories.count * series.count
    if case .linear = y.scale, lineCount <= room - (series.count > 1 ? 1 : 0),
      page.yRange.lowerBound == 0
    {
      return barText(heading, series, page.yRange.upperBound)
    }
    let dots = DotPlot(
      title: title,
      x: Axis(y.label, scale: y.scale, range: page.yRange, ticks: y.ticks, unit: y.unit),
      categories: names,
      series: series.map {
        .init($0.name, values: $0.values, low: $0.low, high: $0.high)
      }, marks: marks.horizontals.map { .vertical($0.position, $0.name) })
    return dots.text
  }

  /// The categories' names, of which a second line is left out: it has the number, which stands at
  /// the end of the bar.
  private var names: [String] {
    categories.map { $0.split(separator: "\n").first.map(String.init) ?? "" }
  }

  private var nameWidth: Int { min(26, names.map(\.count).max() ?? 0) }

  /// One line for each bar: the category at its first bar, the letter of the series, the bar, its
  /// number.
  private func barText(_ heading: [String], _ series: [Bars], _ top: Double) -> String {
    let hasLetters = series.count > 1
    let start = nameWidth + 1 + (hasLetters ? 2 : 0)
    let numbers = series.map { $0.values.map { $0.isFinite ? y.unit.text($0) : "–" } }
    let numberWidth = numbers.joined().map(\.count).max() ?? 0
    let width = FigureText.columns - start - 1 - numberWidth
    let lines = categories.indices.flatMap { group in
      series.indices.map { index -> String in
        let name = index == 0 ? names[group].shortened(to: nameWidth) : ""
        let value = series[index].values[group]
        let letter = hasLetters ? "\(PlotLetters.mark(index)) " : ""
        return name + String(repeating: " ", count: nameWidth + 1 - name.count) + letter
          + Self.bar(min(value / top, 1) * Double(width)) + " " + numbers[index][group]
      }
    }
    let key = hasLetters ? keyLine(series) { String(PlotLetters.mark($0)) } : []
    return (heading + [y.label.shortened(to: FigureText.columns)] + lines + key)
      .joined(separator: "\n")
  }

  /// Blocks of eighths of a column.
  private static func bar(_ columns: Double) -> String {
    guard columns.isFinite, columns > 0 else { return "" }
    let eighths = Int((columns * 8).rounded())
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
  }

  private func keyLine(_ series: [Bars], _ mark: (Int) -> String) -> [String] {
    PlotLetters.keyLines(
      series.indices.filter { !series[$0].name.isEmpty }.map { "\(mark($0)) \(series[$0].name)" },
      atMost: 2)
  }

  /// One line for each stack: its parts as shades, then their sum.
  private func stackedText(_ heading: [String], _ top: Double, room: Int) -> String? {
    let shades: [Character] = ["█", "░", "▓", "▒", "#", "=", "+", "-"]
    let sums = categories.indices.map { group in
      series.reduce(0) { $0 + ($1.values[group].isFinite ? $1.values[group] : 0) }
    }
    let numbers = sums.map(y.unit.text)
    let width =
      FigureText.columns - nameWidth - 2 - (numbers.map(\.count).max() ?? 0)
    let lines = categories.indices.prefix(room).map { group -> String in
      let name = names[group].shortened(to: nameWidth)
      var (bar, sum) = ("", 0.0)
      for (index, part) in series.enumerated() where part.values[group].isFinite {
        sum += part.values[group]
        // The range may end below the tallest bar.
        let end = Int((min(sum / top, 1) * Double(width)).rounded())
        let count = max(0, end - bar.count)
        bar += String(repeating: shades[index % shades.count], count: count)
      }
      let isCut = sums[group] > top
      return name + String(repeating: " ", count: nameWidth + 1 - name.count) + bar
        + (isCut ? "▶" : " ") + numbers[group]
    }
    let key = keyLine(series) { String(shades[$0 % shades.count]) }
    return (heading + [y.label.shortened(to: FigureText.columns)] + lines + key)
      .joined(separator: "\n")
  }
}
