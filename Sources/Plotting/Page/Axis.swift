/// A labeled place on an axis.
public struct Tick: Equatable, Sendable {
  /// Where it stands, in the axis's own unit.
  public var value: Double
  /// What is written there.
  public var label: String

  public init(_ value: Double, _ label: String) {
    self.value = value
    self.label = label
  }
}

/// One axis of a plot: what it measures, in which unit, and how it is spaced.
public struct Axis: Equatable, Sendable {
  /// How distance on paper follows the number.
  public enum Scale: Equatable, Sendable {
    /// Equal differences are equally far apart.
    case linear
    /// Equal ratios are equally far apart; ticks stand at powers of `base`.
    case log(base: Double)
  }

  /// What is measured, with its unit, as in "memory (bytes)".
  public var label: String
  /// Linear or logarithmic.
  public var scale: Scale
  /// The part shown; `nil` takes what the data need and a little air.
  public var range: ClosedRange<Double>?
  /// The ticks to write; `nil` chooses round numbers.
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

  /// An axis with equal steps.
  public static func linear(
    _ label: String, range: ClosedRange<Double>? = nil, ticks: [Tick]? = nil
  ) -> Axis {
    Axis(label, scale: .linear, range: range, ticks: ticks)
  }

  /// An axis with equal ratios; lengths in tokens read best with base 2.
  public static func log(
    _ label: String, base: Double = 10, range: ClosedRange<Double>? = nil, ticks: [Tick]? = nil
  ) -> Axis {
    Axis(label, scale: .log(base: base), range: range, ticks: ticks)
  }
}
