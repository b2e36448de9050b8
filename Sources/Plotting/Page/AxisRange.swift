import Foundation

/// The range of an axis and its ticks. They are computed here and not by gnuplot, so that they are
/// the same in all figures and can be tested.
extension Axis {
  /// The range to show: the given range, or the range of the values with a small margin. A linear
  /// axis starts at zero if the values come near zero.
  ///
  /// - Throws: `PlottingError.unusable` for an invalid range or base.
  func shown(_ numbers: [Double], title: String, fromZero: Bool = false) throws
    -> ClosedRange<Double>
  {
    if let range { return try checked(range, title: title) }
    let finite = numbers.filter { $0.isFinite }
    guard let least = finite.min(), let most = finite.max() else {
      throw PlottingError.nothingToDraw(title: title)
    }
    // The range with its margin must not overflow.
    guard most - least < .greatestFiniteMagnitude / 2, abs(most) < .greatestFiniteMagnitude / 4
    else {
      throw PlottingError.unusable(
        title: title, reason: "\"\(label)\" contains \(most), which is too large for an axis")
    }
    switch scale {
    case .linear: return linearRange(least, most, fromZero: fromZero)
    case .log(let base):
      guard base > 1, base.isFinite else {
        throw PlottingError.unusable(
          title: title, reason: "a logarithm needs a base above 1, not \(base)")
      }
      // A single value gets a factor of two on both sides.
      let margin = most > least ? pow(most / least, 0.04) : 2
      return (least / margin)...(most * margin)
    }
  }

  private func checked(_ range: ClosedRange<Double>, title: String) throws -> ClosedRange<Double> {
    guard range.lowerBound < range.upperBound, range.lowerBound.isFinite, range.upperBound.isFinite
    else {
      throw PlottingError.unusable(
        title: title, reason: "the range of \"\(label)\" is empty or not finite")
    }
    if case .log = scale, range.lowerBound <= 0 {
      throw PlottingError.notPositive(
        what: "The given range", axis: label, value: range.lowerBound)
    }
    return range
  }

  private func linearRange(_ least: Double, _ most: Double, fromZero: Bool) -> ClosedRange<Double> {
    let span = most - least
    if span == 0 && !fromZero {
      let margin = least == 0 ? 1 : abs(least) / 10
      return (least - margin)...(most + margin)
    }
    let margin = 0.04 * max(span, max(abs(least), abs(most)) * 1e-9)
    var low = least - margin
    var high = most + margin
    if least >= 0 && (fromZero || least < 0.25 * most) { low = 0 }
    if most <= 0 && fromZero { high = 0 }
    if fromZero {
      low = min(low, 0)
      high = max(high, 0)
    }
    return low < high ? low...high : low...(low + 1)
  }

  /// The place of a value between the ends of a range, from 0 to 1.
  func fraction(_ value: Double, in range: ClosedRange<Double>) -> Double {
    let (low, high) = (range.lowerBound, range.upperBound)
    return switch scale {
    case .linear: (value - low) / (high - low)
    case .log: Foundation.log(value / low) / Foundation.log(high / low)
    }
  }

  /// The ticks in a range: the given ones, or round numbers.
  func shownTicks(in range: ClosedRange<Double>) -> [Tick] {
    guard let ticks else { return roundTicks(in: range) }
    return ticks.filter { range.contains($0.value) }
  }

  /// Round numbers in a range, at most about `limit`, in the axis's unit.
  func roundTicks(in range: ClosedRange<Double>, atMost limit: Int = 8) -> [Tick] {
    guard unit != .none else { return Ticks.on(range, scale: scale, atMost: limit) }
    switch scale {
    case .linear:
      let size = unit.step(for: max(abs(range.lowerBound), abs(range.upperBound))).size
      let scaled = range.lowerBound / size...range.upperBound / size
      return Ticks.linear(scaled, atMost: limit).map { Tick($0.value * size, $0.label) }
    case .log:
      // Units count in thousands, whatever the base of the axis.
      return Ticks.on(range, scale: .log(base: 10), atMost: limit).map {
        Tick($0.value, unit.text($0.value))
      }
    }
  }

  /// The label with the unit of a linear axis: "memory (MB)".
  func shownLabel(in range: ClosedRange<Double>) -> String {
    guard unit != .none, scale == .linear else { return label }
    let name = unit.step(for: max(abs(range.lowerBound), abs(range.upperBound))).name
    return "\(label) (\(name))"
  }

  /// - Throws: `PlottingError.notPositive` for a value that a logarithmic axis cannot show.
  func check(_ numbers: [Double]?, of what: String) throws {
    guard case .log = scale, let bad = numbers?.first(where: { $0.isFinite && $0 <= 0 })
    else { return }
    throw PlottingError.notPositive(what: what, axis: label, value: bad)
  }
}
