import TensorCore

/// A bound on the difference of two arrays, with its reason.
///
/// A difference is relative to the largest expected magnitude, or to `floor` where that is larger.
public struct Tolerance: Sendable {
  public let relative: Double
  public let floor: Double

  public init(relative: Double, floor: Double = 1e-3) {
    self.relative = relative
    self.floor = floor
  }

  /// One SIMD pass over a row: a few roundings of Float32.
  public static let kernel = Tolerance(relative: 2e-6)
  /// A product or a sum over hundreds of terms, in another order than the reference.
  public static let sums = Tolerance(relative: 2e-5)
  /// A whole model, forward: the errors of some forty operations.
  public static let model = Tolerance(relative: 5e-5)
  /// The gradients of a model: about twice as many operations.
  public static let modelGradient = Tolerance(relative: 2e-4)
  /// Finite differences of a Float32 loss: the rounding of the loss dominates.
  public static let finiteDifference = Tolerance(relative: 1e-3)
}

/// The largest difference of two arrays.
public struct Difference: CustomStringConvertible {
  public let index: Int
  public let actual: Float
  public let expected: Float
  public let relative: Double
  public let isWithin: Bool

  public var description: String {
    "largest difference at [\(index)]: \(actual), expected \(expected), relative \(relative)"
  }
}

/// Compares element by element. Different counts are never within the tolerance, and neither are
/// values that are not finite where the expected ones are.
public func difference(
  _ actual: [Float], _ expected: [Float], _ tolerance: Tolerance
) -> Difference {
  guard actual.count == expected.count, !actual.isEmpty else {
    return Difference(
      index: -1, actual: Float(actual.count), expected: Float(expected.count), relative: .infinity,
      isWithin: false)
  }
  let scale = expected.reduce(tolerance.floor) { max($0, $1.isFinite ? Double(abs($1)) : 0) }
  var worst = (index: 0, relative: -1.0)
  for (index, (a, e)) in zip(actual, expected).enumerated() {
    let relative = a == e ? 0 : abs(Double(a) - Double(e)) / scale
    // Written with `!` so that a NaN counts as the largest difference.
    if !(relative <= worst.relative) { worst = (index, relative.isNaN ? .infinity : relative) }
  }
  return Difference(
    index: worst.index, actual: actual[worst.index], expected: expected[worst.index],
    relative: worst.relative, isWithin: worst.relative <= tolerance.relative)
}

/// Normally distributed test values, the same for the same label.
public func testValues(_ count: Int, _ label: String, scale: Float = 1) -> [Float] {
  var generator = SeededGenerator(seed: 7, stream: label)
  return (0..<count).map { _ in generator.normal() * scale }
}
