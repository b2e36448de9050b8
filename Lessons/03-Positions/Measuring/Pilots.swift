import LessonKit

/// The bound of a claim about the mean of several seeds, and the pilots that it comes from: what
/// single seeds gave at standard scale before the bound was set. A bound is at most three times as
/// wide as their range.
struct Pilot {
  /// The seeds of the pilots; a run begins with seed 1 if it is not told otherwise.
  static let seeds = 11...16

  let values: [Double]
  let bound: ClosedRange<Double>

  init(_ values: [Double], within bound: ClosedRange<Double>) {
    (self.values, self.bound) = (values, bound)
  }
}

extension Pilot {
  static let sinusoidalDouble = Pilot([1.7415, 1.9, 1.6652], within: 1.42...2.12)
  static let sinusoidalLongest = Pilot([3.3575, 2.9348, 3.0355], within: 2.48...3.74)
  static let ropeDouble = Pilot([1.6917, 1.5978, 1.4452], within: 1.21...1.94)
  static let ropeLongest = Pilot([5.2711, 4.7332, 5.0208], within: 4.21...5.81)
  static let alibiLongest = Pilot([0.98507, 0.98546, 0.9859], within: 0.98424...0.98672)

  static let ropeWindow = Pilot([0.98895, 0.98879, 0.98681], within: 0.985...0.9914)
  static let alibiWindow = Pilot([0.99969, 1.00004, 0.99954], within: 0.9991...1.0005)
  static let alibiSameBytes = Pilot([1.0001, 1.00003, 1.00032], within: 0.9998...1.0006)
  static let interpolation = Pilot([1.5735, 1.0888, 1.3827], within: 1...1.85)
  static let ntk = Pilot([0.62053, 0.39167, 0.49846], within: 0.3...0.75)
  static let yarn = Pilot([0.61664, 0.41243, 0.48813], within: 0.3...0.75)
  static let ropeRecall = Pilot([0.1, 0.2, 0.3], within: 0...1)
  static let alibiRecall = Pilot([0.1, 0.2, 0.3], within: 0...1)
  static let noPositionsRecall = Pilot([0.1, 0.2, 0.3], within: 0...1)
  static let ropeTuned = Pilot([1, 1.1, 1.2], within: 0.5...2)
  static let sinusoidalTuned = Pilot([1, 1.1, 1.2], within: 0.5...2)
  static let ropeUntuned = Pilot([3.0733, 2.8441, 2.6678], within: 2.25...3.45)
}

extension Notebook {
  /// A claim about the mean of the seeds: the geometric one of ratios, the arithmetic one of shares.
  /// The sentence has `{}` for the value.
  func claim(
    _ id: String, _ sentence: String, _ values: [Double], as pilot: Pilot,
    _ quantity: Quantity = .times
  ) {
    claim(
      id, sentence + " (mean of the seeds)",
      quantity == .times ? geometricMean(of: values) : mean(values), within: pilot.bound,
      as: quantity, seeds: values, pilots: pilot.values)
  }
}
