import Foundation

/// A matrix as a picture: row 0 at the top, column 0 at the left, one square for each value.
///
/// Any size can be drawn. A matrix with more cells along an axis than `maximumPixelSide` is pooled
/// to whole blocks, and `note`, which is also drawn under the map, says how and by what factor.
/// A value that is not finite is drawn gray and named beside the color bar.
public struct HeatMap: Figure, Equatable {
  /// How numbers become colors.
  public enum Colors: Equatable, Sendable {
    /// Light is little, dark is much, in equal steps.
    case sequential
    /// Blue below `center`, white at it, orange above; as far to one side as to the other.
    case diverging(center: Double)
    /// As `sequential`, in equal ratios, over at most six powers of ten below the largest value
    /// unless `valueRange` says more. What is not above zero is gray.
    case logarithmic
  }

  /// What one pixel of a pooled map stands for.
  public enum Pooling: String, Equatable, Sendable {
    /// The mean of its block: keeps totals, washes out single cells.
    case mean
    /// The largest of its block: keeps single cells, makes them look bigger than they are.
    case max
  }

  public var title: String
  /// The matrix, row-major, `[rows, columns]`.
  public var values: [Float]
  /// Number of rows.
  public var rows: Int
  /// Number of columns.
  public var columns: Int
  /// What the columns are, with unit: "key (position)".
  public var xLabel: String
  /// What the rows are, with unit: "query (position)".
  public var yLabel: String
  /// What the first and the last column stand for; `nil` is their index.
  public var xRange: ClosedRange<Double>?
  /// What the first and the last row stand for; `nil` is their index.
  public var yRange: ClosedRange<Double>?
  /// Ticks by hand (names of heads, characters), in the numbers of `xRange`.
  public var xTicks: [Tick]?
  /// Ticks by hand, in the numbers of `yRange`.
  public var yTicks: [Tick]?
  /// How numbers become colors.
  public var colors: Colors
  /// What the color measures, with unit.
  public var barLabel: String
  /// The numbers at the ends of the color bar; `nil` takes the smallest and largest value.
  /// A number outside takes the color of the nearer end.
  public var valueRange: ClosedRange<Double>?
  /// How a matrix that is too large is made smaller.
  public var pooling: Pooling
  /// The largest width or height of the map itself, in pixels.
  public var maximumPixelSide: Int
  /// Whether a map that would be a thin strip is stretched to a third of that; else cells are square.
  public var stretchesStrips: Bool

  public init(
    title: String, values: [Float], rows: Int, columns: Int, xLabel: String, yLabel: String,
    xRange: ClosedRange<Double>? = nil, yRange: ClosedRange<Double>? = nil,
    xTicks: [Tick]? = nil, yTicks: [Tick]? = nil, colors: Colors = .sequential,
    barLabel: String, valueRange: ClosedRange<Double>? = nil, pooling: Pooling = .mean,
    maximumPixelSide: Int = 768, stretchesStrips: Bool = true
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
  }
}
