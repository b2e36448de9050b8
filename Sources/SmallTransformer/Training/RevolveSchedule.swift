/// Binomial checkpointing (Revolve): the schedule that runs a chain of layers backward with a given
/// number of snapshots and the fewest recomputed layers (Griewank and Walther, 2000, algorithm
/// 799).
///
/// t(n, s) is the number of forward steps for n layers, whose first input is one of the s
/// snapshots. Run m layers forward and take a snapshot. Reverse the remaining n − m layers with s −
/// 1 snapshots, then the first m layers with s snapshots:
///
///     t(1, s) = 0,   t(n, s) = min over m of  m + t(n − m, s − 1) + t(m, s)
public struct RevolveSchedule: Sendable {
  public let layerCount: Int
  public let snapshotCount: Int
  /// t(n, s) by snapshots and layers; nil if it is impossible.
  private let steps: [[Int?]]

  /// - Complexity: O(layers² · snapshots) time, O(layers · snapshots) memory.
  /// - Precondition: both are positive.
  public init(layerCount: Int, snapshotCount: Int) {
    precondition(
      layerCount > 0 && snapshotCount > 0,
      "revolve: \(layerCount) layers, \(snapshotCount) snapshots; both must be positive")
    self.layerCount = layerCount
    self.snapshotCount = snapshotCount
    steps = Self.fewestSteps(layerCount, snapshotCount)
  }

  /// The number of layer runs whose activations are not kept, t(n, s). In addition, each layer runs
  /// once with its activations kept, just before its gradient.
  public var advanceCount: Int { steps[snapshotCount][layerCount] ?? 0 }

  /// `advanceCount` by the closed formula `r·n − C(s + r, s + 1)`, with r the smallest number of
  /// repetitions for which `C(s + r, s) ≥ n`.
  public var advanceCountByFormula: Int {
    var repeats = 0
    while Self.binomial(snapshotCount + repeats, snapshotCount) < layerCount { repeats += 1 }
    return repeats * layerCount - Self.binomial(snapshotCount + repeats, snapshotCount + 1)
  }

  /// The layers in pieces, for `Tape.recomputing`.
  public var pieces: [LayerPiece] { reverse(0..<layerCount, snapshotCount) }

  /// The first layers as one recomputed scope, whose result is the next snapshot, then the rest.
  private func reverse(_ layers: Range<Int>, _ snapshots: Int) -> [LayerPiece] {
    guard layers.count > 1 else { return [.keep(layers)] }
    let middle = layers.lowerBound + split(layers.count, snapshots)
    return [.recompute(reverse(layers.lowerBound..<middle, snapshots))]
      + reverse(middle..<layers.upperBound, snapshots - 1)
  }

  /// The layers before the next snapshot; of several best positions the first.
  private func split(_ count: Int, _ snapshots: Int) -> Int {
    (1..<count).first {
      Self.cost(of: $0, count, snapshots, steps) == steps[snapshots][count]
    } ?? count - 1
  }

  private static func cost(
    of middle: Int, _ count: Int, _ snapshots: Int, _ steps: [[Int?]]
  ) -> Int? {
    guard let rest = steps[snapshots - 1][count - middle], let first = steps[snapshots][middle]
    else { return nil }
    return middle + rest + first
  }

  /// t(n, s) for all n and s, by dynamic programming.
  private static func fewestSteps(_ layerCount: Int, _ snapshotCount: Int) -> [[Int?]] {
    // A single layer needs no further snapshot, because its input has just been computed.
    var steps = [[Int?]](
      repeating: [Int?](repeating: nil, count: layerCount + 1), count: snapshotCount + 1)
    for snapshots in 0...snapshotCount { steps[snapshots][1] = 0 }
    for snapshots in 1...snapshotCount {
      for count in 1...layerCount where count > 1 {
        steps[snapshots][count] =
          (1..<count).compactMap { cost(of: $0, count, snapshots, steps) }.min()
      }
    }
    return steps
  }

  private static func binomial(_ n: Int, _ k: Int) -> Int {
    guard k >= 0, k <= n else { return 0 }
    return (0..<k).reduce(1) { $0 * (n - $1) / ($1 + 1) }
  }
}
