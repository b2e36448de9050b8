import Foundation

/// Maps values to colors, for all maps of a sheet, and chooses the ticks of the color bar.
struct ColorScale {
  let colors: HeatMap.Colors
  /// The values at the two ends of the bar.
  let range: ClosedRange<Double>
  /// Whether some value is outside of the range. Then the bar marks its end with ≤ or ≥.
  private(set) var isCutBelow = false
  private(set) var isCutAbove = false
  /// Whether some cell has no color, and why.
  private(set) var hasGaps = false
  private(set) var hasNotPositive = false
  private let gapLabel: String

  /// Powers of ten below the largest value that a logarithmic scale shows by default.
  static let decadesShown = 6.0

  /// - Throws: `PlottingError.nothingToDraw` if no value can have a color.
  ///   `PlottingError.unusable` for a value that is no category.
  init(_ matrices: [PooledMatrix], of map: HeatMap, title: String) throws {
    colors = map.colors
    gapLabel = map.gapLabel
    var least = Double.infinity
    var most = -Double.infinity
    for matrix in matrices {
      for value in matrix.values {
        if !value.isFinite {
          hasGaps = true
        } else if colors == .logarithmic && value <= 0 {
          hasNotPositive = true
        } else {
          least = min(least, Double(value))
          most = max(most, Double(value))
        }
      }
    }
    guard least <= most else { throw PlottingError.nothingToDraw(title: title) }
    range = try Self.range(colors, least, most, asked: map.valueRange, title: title)
    let slack = 1e-6 * (range.upperBound - range.lowerBound)
    isCutBelow = least < range.lowerBound - (colors == .logarithmic ? 0 : slack)
    isCutAbove = most > range.upperBound + slack
  }

  private static func range(
    _ colors: HeatMap.Colors, _ least: Double, _ most: Double, asked: ClosedRange<Double>?,
    title: String
  ) throws -> ClosedRange<Double> {
    if let asked {
      guard asked.lowerBound < asked.upperBound, asked.lowerBound.isFinite,
        asked.upperBound.isFinite
      else {
        throw PlottingError.unusable(
          title: title, reason: "the range of its colors is empty or not finite")
      }
      if colors == .logarithmic && asked.lowerBound <= 0 {
        throw PlottingError.notPositive(
          what: "The range of the colors", axis: title, value: asked.lowerBound)
      }
    }
    switch colors {
    case .categories(let list):
      let last = Double(list.count - 1)
      guard least >= 0, most <= last else {
        throw PlottingError.unusable(
          title: title, reason: "\(least < 0 ? least : most) is the index of no category")
      }
      return 0...max(last, 1)
    case .sequential:
      if let asked { return asked }
      return least < most ? least...most : (least - 0.5)...(least + 0.5)
    case .diverging(let center):
      let ends = asked ?? least...most
      let reach = max(abs(ends.lowerBound - center), abs(ends.upperBound - center))
      return reach > 0 ? (center - reach)...(center + reach) : (center - 0.5)...(center + 0.5)
    case .logarithmic:
      if let asked { return asked }
      let floor = max(least, most * pow(10, -decadesShown))
      return floor < most ? floor...most : (most / 2)...(most * 2)
    }
  }

  /// All colors, from the lower end to the upper.
  var table: [Palette.Color] {
    switch colors {
    case .diverging: ColorMap.diverging
    case .categories(let list):
      list.count > 1 ? list.map(\.color) : list.map(\.color) + [Palette.noValue]
    case .sequential, .logarithmic: ColorMap.sequential
    }
  }

  /// The position of a value on the bar, from 0 to 1; nil if the value has no position.
  func position(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    let part: Double
    if colors == .logarithmic {
      guard value > 0 else { return nil }
      part = log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
    } else {
      part = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    }
    return min(max(part, 0), 1)
  }

  /// The color of a value.
  func color(_ value: Float) -> Palette.Color {
    guard let position = position(Double(value)) else { return Palette.noValue }
    let table = table
    return table[Int((position * Double(table.count - 1)).rounded())]
  }

  /// Ticks of the bar. An end has a ≤ or ≥ if there are values beyond it.
  func ticks(atMost limit: Int) -> [Tick] {
    let scale: Axis.Scale = colors == .logarithmic ? .log(base: 10) : .linear
    var ticks = Ticks.on(range, scale: scale, atMost: limit)
    let span = 0.06
    if isCutBelow {
      ticks.removeAll { (position($0.value) ?? 0) < span }
      ticks.insert(Tick(range.lowerBound, "≤ " + NumberText.rough(range.lowerBound)), at: 0)
    }
    if isCutAbove {
      ticks.removeAll { (position($0.value) ?? 1) > 1 - span }
      ticks.append(Tick(range.upperBound, "≥ " + NumberText.rough(range.upperBound)))
    }
    return ticks
  }

  /// The meaning of gray cells; nil if no cell is gray.
  var grayLabel: String? {
    switch (hasGaps, hasNotPositive) {
    case (false, false): return nil
    case (true, false): return gapLabel
    case (false, true): return "zero or less"
    case (true, true): return "zero, less, or \(gapLabel)"
    }
  }
}
