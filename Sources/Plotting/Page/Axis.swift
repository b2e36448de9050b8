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

  /// A unit that the axis shows as people write it: 5 MB and not 5×10⁶ bytes.
  public enum Unit: Equatable, Sendable {
    /// No unit, or one that the label names.
    case none
    /// B, kB, MB, GB, TB.
    case bytes
    /// µs, ms, s.
    case seconds
  }

  /// What is measured, with its unit if `unit` is none, as in "loss (nats)".
  public var label: String
  /// Linear or logarithmic.
  public var scale: Scale
  /// The range shown; nil for the range of the data with a small margin.
  public var range: ClosedRange<Double>?
  /// The ticks; nil for round numbers.
  public var ticks: [Tick]?
  /// The unit of the values. A linear axis names it in its label, a logarithmic one at its ticks.
  public var unit: Unit

  public init(
    _ label: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil,
    ticks: [Tick]? = nil, unit: Unit = .none
  ) {
    self.label = label
    self.scale = scale
    self.range = range
    self.ticks = ticks
    self.unit = unit
  }

  /// A linear axis.
  public static func linear(
    _ label: String, range: ClosedRange<Double>? = nil, ticks: [Tick]? = nil, unit: Unit = .none
  ) -> Axis {
    Axis(label, scale: .linear, range: range, ticks: ticks, unit: unit)
  }

  /// A logarithmic axis. Base 2 suits lengths in tokens.
  public static func log(
    _ label: String, base: Double = 10, range: ClosedRange<Double>? = nil, ticks: [Tick]? = nil,
    unit: Unit = .none
  ) -> Axis {
    Axis(label, scale: .log(base: base), range: range, ticks: ticks, unit: unit)
  }
}

extension Axis.Unit {
  private var steps: [(size: Double, name: String)] {
    switch self {
    case .none: []
    case .bytes: [(1, "B"), (1e3, "kB"), (1e6, "MB"), (1e9, "GB"), (1e12, "TB")]
    case .seconds: [(1e-6, "µs"), (1e-3, "ms"), (1, "s")]
    }
  }

  /// The largest step of the unit that is not above a value.
  func step(for value: Double) -> (size: Double, name: String) {
    let size = abs(value) * (1 + 1e-9)
    return steps.last { $0.size <= size } ?? steps.first ?? (1, "")
  }

  /// A value with its unit, with three digits.
  func text(_ value: Double) -> String {
    guard self != .none, value.isFinite else { return NumberText.short(value) }
    if value == 0 { return "0" }
    let step = step(for: value)
    return NumberText.short(value / step.size) + " " + step.name
  }
}
