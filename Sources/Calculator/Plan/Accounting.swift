/// What a byte count counts: the convention of papers, or the engine that is metered.
///
/// One set of formulas has both, so that a meter that checks one checks the formulas of the other.
public struct Accounting: Hashable, Sendable, Codable {
  public var name: String
  /// Bytes per element of an activation.
  public var elementBytes: Double
  /// Bytes per element of a stored dropout mask; 0 if masks are recomputed.
  public var maskBytes: Double
  /// Bytes of a mean, a 1/std or a log-sum-exp: 4, or 0 if they are not counted.
  public var statisticBytes: Double
  /// Bytes per logit.
  public var logitBytes = 4.0
  /// Whether inference computes the logits of all tokens of a pass, or of the last one.
  public var computesAllLogits = false
  /// Whether the first layer's input stays live while later layers run without recording.
  public var keepsFirstInput = false
  /// Whether attention with a score matrix copies queries, keys and values of each head.
  public var copiesHeads = false
  /// Whether rotated queries and keys get a tensor of their own.
  public var rotatesIntoCopy = false
  /// Whether a layer with a window caches no more than its window.
  public var rollsWindows = true
  /// Elements of position tables (added vectors, cosines and sines) per position.
  public var positionTableDim = 0
  /// Bytes of the attention kernel's tiles, of all threads together.
  public var tiles = Tiles()

  public struct Tiles: Hashable, Sendable, Codable {
    public var forward: Int
    public var backward: Int

    public init(forward: Int = 0, backward: Int = 0) {
      self.forward = forward
      self.backward = backward
    }
  }

  /// 16-bit elements, one byte per mask element, no statistics (Korthikanti et al., 2022, section
  /// 4.1).
  public static let papers = Accounting(
    name: "16 bits, as papers count", elementBytes: 2, maskBytes: 1, statisticBytes: 0)

  /// This course's engine: 32-bit elements, recomputed masks, statistics counted.
  public static let engine = Accounting(
    name: "this course's engine", elementBytes: 4, maskBytes: 0, statisticBytes: 4,
    computesAllLogits: true, keepsFirstInput: true, copiesHeads: true, rollsWindows: false)

  /// The number of positions of the engine's tables: a power of two, at least 64.
  public static func tableLength(for length: Int) -> Int {
    var rows = 64
    while rows < length { rows *= 2 }
    return rows
  }

  func tableBytes(length: Int) -> Double {
    positionTableDim == 0 ? 0 : 4 * Double(Self.tableLength(for: length) * positionTableDim)
  }
}
