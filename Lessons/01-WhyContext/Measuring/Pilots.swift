import LessonKit

/// What the pilots of this lesson gave, in the order of their seeds. Where all of them are equal, the
/// bound leaves room for three questions of a seed.
extension Pilot {
  /// The seeds of the pilots, as the page says them.
  static let earlierSeeds = "4 to 6 and \(seeds.lowerBound) to \(seeds.upperBound)"

  static let wholeOneFact = Pilot([1, 1, 1, 1, 1, 1, 1, 1, 1], within: 0.985...1)
  static let truncatedExpected = Pilot(
    [-0.01, 0, -0.035, -0.035, -0.02, 0.005, 0.035, 0.02, -0.005], within: -0.09...0.09)
  static let ruleExpected = Pilot(
    [0.01, 0.02, 0, -0.005, 0, 0.05, 0.045, 0.01, 0.035], within: -0.06...0.09)
  static let wholeChain = Pilot([1, 1, 0.59, 1, 1, 1, 1, 1, 1], within: 0.985...1)
  static let secondRound = Pilot(
    [0.65, 0.625, 0.665, 0.675, 0.645, 0.68, 0.655, 0.575, 0.72], within: 0.5...0.8)
  static let wholeOverRounds = Pilot(
    [0.12, 0.12, -0.295, 0.105, 0.1, 0.07, 0.085, 0.11, 0.08], within: 0.03...0.17)
  static let wholeOverRetrievalCount = Pilot(
    [-0.055, 0, 0.085, 0.05, -0.045, 0.015, 0.015, 0.025, 0.09], within: -0.15...0.2)
  static let wholeOverBest = Pilot(
    [0.085, 0.095, -0.0283, 0.095, 0.065, 0.0917, 0.0917, 0.115, 0.1133], within: 0.03...0.16)
  static let roundsCount = Pilot(
    [0.185, 0.16, 0.125, 0.12, 0.14, 0.19, 0.175, 0.205, 0.17], within: 0.06...0.27)
  static let tuningSteps = Pilot(
    [8.5, 10.125, 12, 7.25, 8.625, 7.375, 8.5, 7.25, 8.375], within: 5...14)
  static let tunedChain = Pilot(
    [0.0938, 0, -0.0625, -0.0312, 0.125, -0.0625, -0.125, -0.0312, -0.1562], within: -0.3...0.27)
  static let tuningForgets = Pilot(
    [0.334, 0.4102, 0.2031, 0.3418, 0.3516, 0.2227, 0.3223, 0.4004, 0.3301], within: 0.13...0.5)
  static let ownSteps = Pilot(
    [22.25, 21.5, 22.375, 22.25, 16.625, 21.125, 21.125, 25.25, 24.5], within: 10...33)
  static let ownChain = Pilot(
    [0.0312, 0.0625, -0.0938, -0.0938, 0.0938, -0.1562, -0.125, -0.125, -0.0312],
    within: -0.28...0.22)
  static let ruleGain = Pilot(
    [0.4219, 0.4795, 0.4766, 0.458, 0.4346, 0.4512, 0.4541, 0.4248, 0.4385], within: 0.38...0.53)
  static let ruleBest = Pilot(
    [0.999, 0.9951, 0.9132, 0.9943, 0.9915, 0.9955, 0.9858, 0.9971, 0.9844], within: 0.96...1.01)
}
