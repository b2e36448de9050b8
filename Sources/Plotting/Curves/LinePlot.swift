import Foundation

/// Curves over a common x: lines, points, steps, on linear or logarithmic axes.
public struct LinePlot: Figure, Equatable {
  public var title: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// The curves, in legend order.
  public var series: [Series]
  /// Reference lines.
  public var marks: [Mark]

  public init(title: String, x: Axis, y: Axis, series: [Series], marks: [Mark] = []) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.marks = marks
  }

  public func write(to url: URL) throws {
    try write(to: url, with: Gnuplot())
  }
}
