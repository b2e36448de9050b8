import LessonKit

/// The bound of a claim about the mean of several seeds, and the pilots that it comes from.
struct Pilot {
  /// What single seeds gave at standard scale before the bound was set; nil for a bound of the first
  /// edition of this lesson, which has no pilots with these models yet. A bound with pilots is at most
  /// three times as wide as their range.
  let values: [Double]?
  let bound: Bound

  init(_ values: [Double], within bound: ClosedRange<Double>) {
    self.values = values
    self.bound = .within(bound)
  }

  init(earlier bound: Bound) {
    values = nil
    self.bound = bound
  }
}

extension Pilot {
  static let sinusoidalDouble = Pilot([1.7415, 1.9, 1.6652], within: 1.42...2.12)
  static let sinusoidalLongest = Pilot([3.3575, 2.9348, 3.0355], within: 2.48...3.74)
  static let ropeDouble = Pilot([1.6917, 1.5978, 1.4452], within: 1.21...1.94)
  static let ropeLongest = Pilot([5.2711, 4.7332, 5.0208], within: 4.21...5.81)
  static let alibiLongest = Pilot([0.98507, 0.98546, 0.9859], within: 0.98424...0.98672)

  static let ropeWindow = Pilot(earlier: .within(0.9...1.03))
  static let alibiWindow = Pilot(earlier: .within(0.98...1.02))
  static let alibiSameBytes = Pilot(earlier: .within(0.98...1.02))
  static let interpolation = Pilot(earlier: .atLeast(1.2))
  static let ntk = Pilot(earlier: .atMost(0.9))
  static let yarn = Pilot(earlier: .atMost(0.85))
  static let ropeUntuned = Pilot(earlier: .atLeast(1.2))
}

extension Notebook {
  /// A claim about a ratio, the geometric mean of the seeds. The sentence has `{}` for the value.
  func claim(_ id: String, _ sentence: String, _ ratios: [Double], as pilot: Pilot) {
    let (text, mean) = (sentence + " (mean of the seeds)", geometricMean(of: ratios))
    switch pilot.bound {
    case .atMost(let limit):
      claim(id, text, mean, atMost: limit, as: .times, seeds: ratios, pilots: pilot.values)
    case .atLeast(let limit):
      claim(id, text, mean, atLeast: limit, as: .times, seeds: ratios, pilots: pilot.values)
    case .within(let range):
      claim(id, text, mean, within: range, as: .times, seeds: ratios, pilots: pilot.values)
    case .equals(let wanted):
      claim(id, text, mean, equals: wanted, as: .times, seeds: ratios, pilots: pilot.values)
    }
  }
}
