import Foundation

/// Attention with linear biases: each score is lowered in proportion to the distance of query and
/// key (Press et al., 2022).
///
/// `score(i, j) = q·k/√D − m · (i − j)`. The slopes m are constants, one per head. For n heads, n a
/// power of two, they are the geometric sequence with first term and ratio `2^(−8/n)`. For other n,
/// they are the slopes of the next smaller power of two, then every other slope of the next larger
/// one, as in the authors' code.
public struct ALiBi: PositionScheme {
  public init() {}

  public var name: String { "ALiBi" }

  public func scoreSlopes(headCount: Int) -> [Float]? {
    Self.slopes(headCount: headCount)
  }

  /// The slope of each head.
  /// - Precondition: `headCount` is positive.
  public static func slopes(headCount: Int) -> [Float] {
    precondition(headCount > 0, "ALiBi: \(headCount) heads; there must be at least 1")
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
