import Foundation

/// Attention with linear biases: each score is lowered in proportion to the distance
/// (Press et al., 2022).
///
/// `score(i, j) = q·k/√D − m · (i − j)`. The slopes m are fixed, one a head: for n heads, a power
/// of two, the geometric sequence that starts at `2^(−8/n)` with that same ratio. For other n, the
/// slopes of the power of two below, then every other one of the power of two above, as in the
/// authors' code.
public struct ALiBi: PositionScheme {
  public init() {}

  public var name: String { "ALiBi" }

  public func scoreSlopes(headCount: Int) -> [Float]? {
    Self.slopes(headCount: headCount)
  }

  /// - Precondition: `headCount` is positive.
  public static func slopes(headCount: Int) -> [Float] {
    precondition(headCount > 0, "ALiBi: \(headCount) heads")
    let power = 1 << (Int.bitWidth - 1 - headCount.leadingZeroBitCount)
    let first = geometric(power)
    guard power < headCount else { return first }
    let between = geometric(2 * power).enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    return first + between.prefix(headCount - power)
  }

  private static func geometric(_ count: Int) -> [Float] {
    (1...count).map { Float(exp2(-8 * Double($0) / Double(count))) }
  }
}
