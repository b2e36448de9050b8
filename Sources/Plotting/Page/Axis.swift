/// A labeled position on an axis.
public struct Tick: Equatable, Sendable {
  /// The position, in the unit of the axis.
  public var value: Double
  /// The text of the tick.
  public var label: String

  public init(_ value: Double, _ label: String) {
    self.value = value
    self.label = label
  }
}

/// One axis of a plot: label, scale, range and ticks.
public struct Axis: Equatable, Sendable {
  /// How values are mapped to positions.
  public enum Scale: Equatable, Sendable {
    /// Equal differences are equally far apart.
    case linear
    /// Equal ratios are equally far apart; ticks are at powers of `base`.
    case log(base: Double)
  }

  /// What is measured, with its unit, as in "memory (bytes)".
  public var label: String
  /// Linear or logarithmic.
  public var scale: Scale
  /// The range shown; nil for the range of the data with a small margin.
  public var range: ClosedRange<Double>?
  /// The ticks; nil for round numbers.
  public var ticks: [Tick]?

  public init(
    _ label: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil,
    ticks: [Tick]? = nil
  ) {
    self.label = label
    self.scale = scale
    self.range = range
    self.ticks = ticks
  }

  /// A linear axis.
  public static func linear(
    _ label: String, range: ClosedRange<Double>? = nil, ticks: [Tick]? = nil
  ) -> Axis {
    Axis(label, scale: .linear, range: range, ticks: ticks)
  }

  /// A logarithmic axis. Base 2 suits lengths in tokens.
  public static func log(
    _ label: String, base: Double = 10, range: ClosedRange<Double>? = nil, ticks: [Tick]? = nil
  ) -> Axis {
    Axis(label, scale: .log(base: base), range: range, ticks: ticks)
  }
}
