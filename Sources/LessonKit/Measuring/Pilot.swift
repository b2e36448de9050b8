/// The bound of a claim about the mean of several seeds, and the pilots that it comes from: what
/// single seeds gave at standard scale before the bound was set. A bound is at most three times as
/// wide as their range.
public struct Pilot: Sendable {
  /// The seeds of the pilots; a run begins with seed 1 if it is not told otherwise.
  public static let seeds = 11...16

  public let values: [Double]
  public let bound: ClosedRange<Double>

  public init(_ values: [Double], within bound: ClosedRange<Double>) {
    (self.values, self.bound) = (values, bound)
  }
}

extension Notebook {
  /// The seeds of a lesson that trains every model `count` times: the run's own and those after it.
  public func seeds(_ count: Int) -> [UInt64] { (0..<UInt64(count)).map { seed + $0 } }

  /// Says from which seeds models are trained and bounds come and, at smoke scale, that nothing is
  /// learned.
  ///
  /// - Parameters:
  ///   - count: The seeds of each model.
  ///   - stepCount: The training steps of the lesson's longest training.
  ///   - pilots: The seeds of the pilots, as the page says them.
  public func explainSeeds(
    count: Int, stepCount: Int,
    pilots: String = "\(Pilot.seeds.lowerBound) to \(Pilot.seeds.upperBound)"
  ) {
    say(
      """
      Each model is trained from \(count) seeds. A claim about trained models is about their mean. \
      Its bound comes from other seeds, \(pilots), which were trained at standard scale before.
      """)
    guard scale == .smoke else { return }
    notice(
      "A smoke run",
      """
      At this scale the models train for at most \(stepCount) steps and learn almost nothing. The \
      page shows that everything runs. Its sentences about trained models are true at standard scale.
      """)
  }

  /// A claim about the mean of the seeds: the geometric one of ratios, the arithmetic one of shares.
  /// The sentence has `{}` for the value.
  public func claim(
    _ id: String, _ sentence: String, _ values: [Double], as pilot: Pilot,
    _ quantity: Quantity = .times
  ) {
    claim(
      id, sentence + " (mean of the seeds)",
      quantity == .times ? geometricMean(of: values) : mean(values), within: pilot.bound,
      as: quantity, seeds: values, pilots: pilot.values)
  }
}
