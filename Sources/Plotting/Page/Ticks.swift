import Foundation

/// Chooses the ticks of an axis: round numbers, few enough to be read on a projector.
package enum Ticks {
  /// Ticks inside `range`, on the axis's scale.
  package static func on(
    _ range: ClosedRange<Double>, scale: Axis.Scale, atMost limit: Int = 8
  ) -> [Tick] {
    switch scale {
    case .linear: return linear(range, atMost: limit)
    case .log(let base): return logarithmic(range, base: base, atMost: limit)
    }
  }

  /// Multiples of 1, 2 or 5 times a power of ten: the smallest such step that leaves at most
  /// `limit` ticks.
  package static func linear(_ range: ClosedRange<Double>, atMost limit: Int = 8) -> [Tick] {
    let span = range.upperBound - range.lowerBound
    guard span > 0, span.isFinite, limit > 1 else {
      return [Tick(range.lowerBound, NumberText.plain(range.lowerBound))]
    }
    let step = roundStep(atLeast: span / Double(limit - 1), span: range, atMost: limit)
    // The tolerance keeps a tick that a rounding error moved just outside of the range.
    let first = (range.lowerBound / step - 1e-9).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    guard last >= first else { return [] }
    let values = stride(from: first, through: last, by: 1).map { $0 * step + 0 }
    return zip(values, NumberText.labels(values, step: step)).map { Tick($0, $1) }
  }

  /// Powers of `base`. If there are fewer than three, also 2 and 5 times a power of ten, or evenly
  /// spaced round numbers.
  package static func logarithmic(
    _ range: ClosedRange<Double>, base: Double, atMost limit: Int = 8
  ) -> [Tick] {
    guard range.lowerBound > 0, base > 1 else { return linear(range, atMost: limit) }
    let low = (log(range.lowerBound) / log(base) - 1e-9).rounded(.up)
    let high = (log(range.upperBound) / log(base) + 1e-9).rounded(.down)
    let count = Int(max(high - low + 1, 0))
    if count < 3 {
      let between = oneTwoFive(range)
      if between.count >= 3 && between.count <= limit { return between }
      if count < 2 { return linear(range, atMost: limit) }
    }
    // Every k-th power, counted from the power zero, so that 1 stays a tick.
    let skip = max(1, Int((Double(count) / Double(limit)).rounded(.up)))
    return stride(from: low, through: high, by: 1)
      .filter { Int($0) % skip == 0 }
      .map { Tick(pow(base, $0), NumberText.power(of: base, exponent: Int($0))) }
  }

  private static func roundStep(
    atLeast least: Double, span: ClosedRange<Double>, atMost limit: Int
  ) -> Double {
    let scale = pow(10, floor(log10(least)))
    for factor in [1.0, 2, 5] where factor * scale >= least * (1 - 1e-9) {
      return factor * scale
    }
    return 10 * scale
  }

  private static func oneTwoFive(_ range: ClosedRange<Double>) -> [Tick] {
    let first = Int(floor(log10(range.lowerBound)))
    let last = Int(ceil(log10(range.upperBound)))
    let values = (first...last).flatMap { exponent in
      [1.0, 2, 5].map { $0 * pow(10, Double(exponent)) }
    }
    return values.filter { range.contains($0) }.map { Tick($0, NumberText.plain($0)) }
  }
}

extension Ticks {
  /// Ticks whose labels do not touch: fewer round numbers, or every k-th of the given ticks.
  ///
  /// - Parameters:
  ///   - given: Ticks set by hand, or nil for round numbers.
  ///   - limit: The largest number of round numbers.
  ///   - round: Returns at most the given number of round numbers.
  ///   - position: The pixel of a tick's value.
  ///   - extent: The pixels that a tick's label needs along the axis.
  /// - Returns: As many ticks as fit.
  static func apart(
    _ given: [Tick]?, atMost limit: Int, round: (Int) -> [Tick], position: (Double) -> Double,
    extent: (Tick) -> Double
  ) -> [Tick] {
    func areApart(_ ticks: [Tick]) -> Bool {
      zip(ticks, ticks.dropFirst()).allSatisfy { a, b in
        abs(position(b.value) - position(a.value)) >= (extent(a) + extent(b)) / 2
      }
    }
    let choices = given.map { [$0] } ?? (2...max(limit, 2)).reversed().map(round)
    if let first = choices.first(where: areApart) { return first }
    let last = choices.last ?? []
    for step in 2...max(last.count, 2) {
      let kept = last.enumerated().filter { $0.offset % step == 0 }.map(\.element)
      if areApart(kept) { return kept }
    }
    return []
  }
}
