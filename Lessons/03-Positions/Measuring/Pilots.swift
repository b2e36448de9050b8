import LessonKit

/// What the pilots of this lesson gave.
extension Pilot {
  static let sinusoidalDouble = Pilot(
    [1.838, 1.858, 1.656, 1.99, 1.87, 1.712], within: 1.57...2.07)
  static let sinusoidalLongest = Pilot(
    [3.284, 3.716, 3.059, 3.488, 3.134, 3.16], within: 2.81...3.8)
  static let ropeDouble = Pilot(
    [1.58, 1.301, 1.376, 1.571, 1.645, 1.438], within: 1.23...1.74)
  static let ropeLongest = Pilot(
    [4.504, 5.592, 4.275, 4.404, 4.548, 4.985], within: 3.73...5.7)
  static let alibiLongest = Pilot(
    [0.98531, 0.98524, 0.98496, 0.98357, 0.98652, 0.98561], within: 0.983...0.9874)
  static let ropeWindow = Pilot(
    [0.98639, 0.98615, 0.99239, 0.99111, 0.98835, 0.99218], within: 0.9848...0.9941)
  static let alibiWindow = Pilot(
    [0.99905, 0.99958, 0.99976, 0.99999, 0.99942, 0.99992], within: 0.9989...1.0003)
  static let alibiSameBytes = Pilot(
    [1.00044, 1.00048, 1.00032, 0.99995, 1.00032, 1.00065], within: 0.9998...1.0009)
  static let interpolation = Pilot(
    [1.695, 1.863, 1.316, 1.593, 1.761, 1.628], within: 1.23...2.05)
  static let ntk = Pilot(
    [0.4936, 0.5983, 0.3763, 0.5477, 0.4979, 0.6295], within: 0.334...0.714)
  static let yarn = Pilot(
    [0.4986, 0.6115, 0.3833, 0.5797, 0.5174, 0.7098], within: 0.305...0.795)
  static let ropeRecall = Pilot(
    [0.2849, 0.3193, 0.2165, 0.2167, 0.2487, 0.42], within: 0.132...0.437)
  static let alibiRecall = Pilot(
    [0.9099, 0.3376, 0.2462, 0.4588, 0.8623, 0.9973], within: 0.2...1)
  static let noPositionsRecall = Pilot(
    [0.9979, 1, 0.8182, 0.9834, 0.4617, 0.9967], within: 0.473...1)
  static let ropeTuned = Pilot(
    [1.02235, 1.05608, 1.02601, 1.03758, 1.01927, 1.02425], within: 1.003...1.059)
  static let sinusoidalTuned = Pilot(
    [1.556, 1.58, 1.471, 1.548, 1.552, 1.511], within: 1.454...1.619)
  static let ropeUntuned = Pilot(
    [2.755, 2.467, 2.434, 2.745, 2.907, 2.469], within: 2.27...2.98)
}
