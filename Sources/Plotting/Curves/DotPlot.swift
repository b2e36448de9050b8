import Foundation

/// Values as dots with intervals, one row for each category: for values whose distance from zero
/// says nothing, and for logarithmic axes, which have no zero for bars.
public struct DotPlot: Figure, Equatable {
  /// One dot in every row, in the same color.
  public struct Dots: Equatable, Sendable {
    /// The name in the legend; may be empty if there is only one series.
    public var name: String
    /// One value per category; one that is not finite leaves a gap.
    public var values: [Double]
    /// Lower ends of the intervals, one for each category.
    public var low: [Double]?
    /// Upper ends of the intervals, one for each category.
    public var high: [Double]?
    /// A text beside each dot, such as its value; one for each category.
    public var labels: [String]?
    /// What the dots are of, which gives their color; nil for the palette's next color.
    public var concept: Concept?

    public init(
      _ name: String, values: [Double], low: [Double]? = nil, high: [Double]? = nil,
      labels: [String]? = nil, of concept: Concept? = nil
    ) {
      self.name = name
      self.values = values
      self.low = low
      self.high = high
      self.labels = labels
      self.concept = concept
    }
  }

  public var title: String
  /// The horizontal axis.
  public var x: Axis
  /// The names of the rows, from top to bottom.
  public var categories: [String]
  /// The dots of each row.
  public var series: [Dots]
  /// Vertical reference lines.
  public var marks: [Mark]

  public init(
    title: String, x: Axis, categories: [String], series: [Dots], marks: [Mark] = []
  ) {
    self.title = title
    self.x = x
    self.categories = categories
    self.series = series
    self.marks = marks
  }

  public func write(to url: URL) throws {
    try write(to: url, with: Gnuplot())
  }
}
