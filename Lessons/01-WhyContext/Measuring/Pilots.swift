import LessonKit

/// What the pilots of this lesson gave, in the order of their seeds. Where all of them are equal, the
/// bound leaves room for three questions of a seed.
extension Pilot {
  /// The seeds of the pilots, as the page says them.
  static let readerSeeds = "11 to 16 and 24 to 29"

  static let wholeOneFact = Pilot(
    [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    within: 0.985...1)
  static let truncatedExpected = Pilot(
    [-0.005, -0.04, 0.015, 0.005, -0.005, 0.04, -0.01, 0.095, 0.015, -0.025, 0.015, -0.025],
    within: -0.08...0.09)
  static let ruleExpected = Pilot(
    [0.005, -0.03, 0.05, 0.025, 0.01, 0.055, 0.02, 0.035, 0.06, -0.01, -0.015, 0.03],
    within: -0.045...0.085)
  static let wholeChain = Pilot(
    [1, 1, 1, 1, 1, 1, 1, 0.75, 1, 1, 1, 1],
    within: 0.82...1)
  static let secondRound = Pilot(
    [0.605, 0.645, 0.67, 0.71, 0.62, 0.7, 0.675, 0.655, 0.65, 0.67, 0.64, 0.69],
    within: 0.58...0.74)
  static let wholeOverRounds = Pilot(
    [0.115, 0.1, 0.065, 0.085, 0.1, 0.08, 0.07, -0.115, 0.09, 0.075, 0.105, 0.1],
    within: -0.05...0.16)
  static let wholeOverRetrievalCount = Pilot(
    [0.055, 0.01, 0.02, 0.035, 0.025, 0.075, 0.085, 0.145, 0, 0.035, -0.145, 0.035],
    within: -0.12...0.18)
  static let wholeOverBest = Pilot(
    [0.1217, 0.1433, 0.1117, 0.11, 0.1317, 0.1233, 0.125, 0.0583, 0.1283, 0.13, 0.0867, 0.1267],
    within: 0.06...0.17)
  static let roundsCount = Pilot(
    [0.19, 0.32, 0.25, 0.21, 0.265, 0.215, 0.215, 0.14, 0.29, 0.275, 0.3, 0.245],
    within: 0.12...0.36)
  static let tuningSteps = Pilot(
    [6.5417, 6.4167, 8.9583, 6.6667, 8.0833, 6.1667, 8.4583, 6.7083, 7.3333, 9.5417, 9, 9.6667],
    within: 5.3...10.3)
  static let tunedChain = Pilot(
    [
      -0.0938, -0.0625, -0.1667, -0.1667, -0.1146, -0.0833, -0.1458, -0.0833, -0.1771, -0.1354,
      -0.1042, -0.1354,
    ],
    within: -0.2 ... -0.04)
  static let tuningForgets = Pilot(
    [
      0.0143, 0.0163, 0.0703, 0.0085, 0.0358, 0.0475, 0.0742, 0.1003, 0.0911, 0.041, 0.0456, 0.1426,
    ],
    within: 0...0.13)
  static let ownSteps = Pilot(
    [
      22.2083, 20.625, 19.8333, 19.4167, 22.25, 23.5, 21.625, 20.7917, 20.4167, 22.5833, 23.0833,
      21.125,
    ],
    within: 18.5...24.5)
  static let ownChain = Pilot(
    [
      -0.2917, -0.1146, -0.2917, -0.25, -0.2708, -0.2083, -0.2917, -0.2396, -0.3854, -0.2188,
      -0.1667, -0.1771,
    ],
    within: -0.38 ... -0.1)
  static let ruleGain = Pilot(
    [0.4385, 0.417, 0.417, 0.4219, 0.4131, 0.3994, 0.4189, 0.4307, 0.4062, 0.3994, 0.4004, 0.4141],
    within: 0.385...0.445)
  static let ruleBest = Pilot(
    [1.0001, 1.0002, 0.9984, 0.9995, 0.998, 1, 1, 0.9993, 0.999, 0.9991, 0.999, 0.9973],
    within: 0.993...1.005)
}
