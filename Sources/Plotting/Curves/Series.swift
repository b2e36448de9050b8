/// One curve: its name and its points.
///
/// A point whose x or y is not finite is a gap in the curve. Its color is that of its concept, so
/// that a thing has one color in all plots. Its dash and marker, and its color if it has no concept,
/// follow from its index in the plot (`Palette`).
public struct Series: Equatable, Sendable {
  /// How the points are drawn.
  public enum Style: Equatable, Sendable {
    /// A line through the points.
    case line
    /// Markers only.
    case points
    /// A line with a marker at each point.
    case linePoints
    /// A staircase: each value holds until the next x.
    case step
    /// A dashed line, for a prediction or a reference next to measured values.
    case dashed
  }

  /// The name in the legend.
  public var name: String
  /// The x of each point, as many as `y`.
  public var x: [Double]
  /// The y of each point.
  public var y: [Double]
  /// Lower ends of the spread, as many as `y`; drawn as a band, or as whiskers if the style is
  /// `points`.
  public var low: [Double]?
  /// Upper ends of the spread, as many as `y`.
  public var high: [Double]?
  /// How the points are drawn.
  public var style: Style
  /// What the curve is of, which gives its color; nil for the palette's next color.
  public var concept: Concept?

  public init(
    _ name: String, x: [Double], y: [Double], low: [Double]? = nil, high: [Double]? = nil,
    style: Style = .linePoints, of concept: Concept? = nil
  ) {
    self.name = name
    self.x = x
    self.y = y
    self.low = low
    self.high = high
    self.style = style
    self.concept = concept
  }
}

/// A reference line across the whole plot, with its name.
public enum Mark: Equatable, Sendable {
  /// At one x, named above the plot: "trained length".
  case vertical(Double, String)
  /// At one y, named in the legend: "uniform guess".
  case horizontal(Double, String)
}

/// One end of the interval of a point; the point's value where there is no interval.
func intervalEnd(_ ends: [Double]?, _ index: Int, or value: Double) -> Double {
  guard let end = ends?[index], end.isFinite else { return value }
  return end
}
