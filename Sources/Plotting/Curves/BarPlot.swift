import Foundation

/// Bars in groups: one group per category, with one bar per series, side by side or stacked.
public struct BarPlot: Figure, Equatable {
  /// One bar in every group, in the same color.
  public struct Bars: Equatable, Sendable {
    /// The name in the legend.
    public var name: String
    /// One height per category; a value that is not finite leaves a gap.
    public var values: [Double]
    /// Lower ends of the whiskers, one for each category.
    public var low: [Double]?
    /// Upper ends of the whiskers, one for each category.
    public var high: [Double]?
    /// The color; nil for the concept's, or for the palette's next one.
    public var color: Palette.Color?
    /// What the bars are of, which gives their color.
    public var concept: Concept?

    public init(
      _ name: String, values: [Double], low: [Double]? = nil, high: [Double]? = nil,
      color: Palette.Color? = nil, of concept: Concept? = nil
    ) {
      self.name = name
      self.color = color
      self.concept = concept
      self.values = values
      self.low = low
      self.high = high
    }
  }

  /// A short line over each group, such as what chance would reach there.
  public struct Level: Equatable, Sendable {
    /// The name in the legend.
    public var name: String
    /// One height per category.
    public var values: [Double]

    public init(_ name: String, values: [Double]) {
      self.name = name
      self.values = values
    }
  }

  public var title: String
  /// What the groups are, for example "attention kernel"; may be empty.
  public var xLabel: String
  /// The vertical axis. If it is linear, the bars begin at zero.
  public var y: Axis
  /// The names of the groups.
  public var categories: [String]
  /// The bars of each group; in a stack the first is at the bottom.
  public var series: [Bars]
  /// Whether the bars of a group are stacked, as parts of a whole, on a linear axis.
  public var isStacked: Bool
  /// Horizontal reference lines, such as "80 GB".
  public var marks: [Mark]
  /// Short lines over the groups; not in stacks.
  public var levels: [Level]
  /// The color of the reference lines, which cross the bars.
  public var markColor = Palette.mark

  public init(
    title: String, xLabel: String = "", y: Axis, categories: [String], series: [Bars],
    isStacked: Bool = false, levels: [Level] = [], marks: [Mark] = []
  ) {
    self.title = title
    self.xLabel = xLabel
    self.y = y
    self.categories = categories
    self.series = series
    self.isStacked = isStacked
    self.levels = levels
    self.marks = marks
  }

  public func write(to url: URL) throws {
    try write(to: url, with: Gnuplot())
  }
}
