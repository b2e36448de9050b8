import Foundation

/// A matrix as a picture: row 0 at the top, column 0 at the left, one square per value.
///
/// Any size can be drawn. A matrix with more cells along an axis than `maximumPixelSide` is pooled
/// in blocks, and `note`, which is also written under the map, says how and by what factor. A value
/// that is not finite is drawn gray.
public struct HeatMap: Figure, Equatable {
  /// How numbers become colors.
  public enum Colors: Equatable, Sendable {
    /// Light for small values, dark for large ones, linear.
    case sequential
    /// Blue below `center`, white at `center`, orange above; the same range on both sides.
    case diverging(center: Double)
    /// As `sequential`, but logarithmic. It shows at most six powers of ten below the largest
    /// value, unless `valueRange` is set. Values that are not above zero are gray.
    case logarithmic
    /// Values are the indices of these categories, from 0. A list of them takes the place of the
    /// color bar. A map of categories is never pooled by their mean.
    case categories([Category])
  }

  /// What a cell can be, if that is not a matter of more or less.
  public struct Category: Equatable, Sendable {
    public var name: String
    public var color: Palette.Color

    public init(_ name: String, _ color: Palette.Color) {
      self.name = name
      self.color = color
    }

    public init(_ name: String, of concept: Concept) {
      self.init(name, concept.color)
    }
  }

  /// What a cell of a pooled map shows.
  public enum Pooling: String, Equatable, Sendable {
    /// The mean of its block. Totals stay correct, but single large values are hidden.
    case mean
    /// The largest value of its block. Single large values stay visible, but look larger than they
    /// are.
    case max
  }

  public var title: String
  /// The matrix, row-major, `[rows, columns]`.
  public var values: [Float]
  /// Number of rows.
  public var rows: Int
  /// Number of columns.
  public var columns: Int
  /// The label below the map, with unit: "key (position)".
  public var xLabel: String
  /// The label at the left of the map, with unit: "query (position)".
  public var yLabel: String
  /// The values of the first and the last column; nil for their indices.
  public var xRange: ClosedRange<Double>?
  /// The values of the first and the last row; nil for their indices.
  public var yRange: ClosedRange<Double>?
  /// Ticks set by hand, such as names of heads, at values of `xRange`; nil for round numbers.
  public var xTicks: [Tick]?
  /// Ticks set by hand, at values of `yRange`; nil for round numbers.
  public var yTicks: [Tick]?
  /// How numbers become colors.
  public var colors: Colors
  /// The label of the color bar, with unit.
  public var barLabel: String
  /// A short text in each cell, such as its value, row-major; nil for none. A pooled map has none.
  public var cellTexts: [String]?
  /// What a gray cell means, one whose value is not finite: "future (masked)".
  public var gapLabel = "no value"
  /// The values at the ends of the color bar; nil for the smallest and largest value. A value
  /// outside has the color of the nearer end.
  public var valueRange: ClosedRange<Double>?
  /// How a large matrix is pooled.
  public var pooling: Pooling
  /// The largest width or height of the map itself, in pixels.
  public var maximumPixelSide: Int
  /// Whether a thin strip is stretched to a third of `maximumPixelSide`; otherwise cells are
  /// square.
  public var stretchesStrips: Bool

  public init(
    title: String, values: [Float], rows: Int, columns: Int, xLabel: String, yLabel: String,
    xRange: ClosedRange<Double>? = nil, yRange: ClosedRange<Double>? = nil,
    xTicks: [Tick]? = nil, yTicks: [Tick]? = nil, colors: Colors = .sequential,
    barLabel: String, valueRange: ClosedRange<Double>? = nil, pooling: Pooling = .mean,
    maximumPixelSide: Int = 768, stretchesStrips: Bool = true, cellTexts: [String]? = nil,
    gapLabel: String = "no value"
  ) {
    self.title = title
    self.values = values
    self.rows = rows
    self.columns = columns
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.xRange = xRange
    self.yRange = yRange
    self.xTicks = xTicks
    self.yTicks = yTicks
    self.colors = colors
    self.barLabel = barLabel
    self.valueRange = valueRange
    self.pooling = pooling
    self.maximumPixelSide = maximumPixelSide
    self.stretchesStrips = stretchesStrips
    self.cellTexts = cellTexts
    self.gapLabel = gapLabel
  }
}
