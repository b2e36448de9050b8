import Foundation
import TensorCore

/// A position encoding: how a model gets the positions of its tokens.
///
/// A scheme may add a vector to each token's embedding, rotate queries and keys, or add a bias to
/// the scores. Members for what it does not do are nil, the default. To add a scheme, write a type
/// that conforms to this protocol.
public protocol PositionScheme: Sendable {
  /// The name in legends and tables.
  var name: String { get }
  /// The name with every constant: trained models are cached under it.
  var identity: String { get }

  /// A fixed vector for each position, `[length, modelDim]`, row-major, added to the embedding.
  func addedTable(length: Int, modelDim: Int) -> [Float]?

  /// The number of positions with a trained vector, for a scheme that learns them.
  var learnedPositionCount: Int? { get }

  /// The angles that rotate queries and keys, for positions 0 ..< length.
  func rotation(length: Int, headDim: Int) -> RotationAngles?

  /// One slope per head: the bias of a pair is −slope × distance.
  func scoreSlopes(headCount: Int) -> [Float]?
}

extension PositionScheme {
  public var identity: String { name }
  public func addedTable(length: Int, modelDim: Int) -> [Float]? { nil }
  public var learnedPositionCount: Int? { nil }
  public func rotation(length: Int, headDim: Int) -> RotationAngles? { nil }
  public func scoreSlopes(headCount: Int) -> [Float]? { nil }
}

/// No position encoding (NoPE): the causal mask is the only information about order (Haviv et al.,
/// 2022).
///
/// The number of visible keys still differs by position, and a network can learn to count them.
public struct NoPositions: PositionScheme {
  public init() {}

  public var name: String { "none" }
}

/// A trained vector for each position, added to the embedding (Vaswani et al., 2017, table 3 row
/// E).
///
/// The table has `positionCount` rows. Training at length T changes the first T of them. The others
/// keep their random initial values, and beyond the table the model cannot run.
public struct Learned: PositionScheme {
  /// Rows of the table: the longest text.
  public let positionCount: Int

  public init(positionCount: Int) {
    self.positionCount = positionCount
  }

  public var name: String { "learned" }
  public var identity: String { "learned(\(positionCount))" }
  public var learnedPositionCount: Int? { positionCount }
}

/// The cosines and sines of a rotary embedding's angles, `[length, headDim / 2]` each, row-major.
public struct RotationAngles: Sendable {
  public var cosines: [Float]
  public var sines: [Float]
  /// Which dimensions of a head rotate together.
  public var pairing: RotaryPairing

  /// Computes both from the angle of each position and pair, in radians. The angle is computed in
  /// Double, because a Float angle of 100,000 radians has only two or three correct decimals.
  ///
  /// - Parameters:
  ///   - length: the number of positions.
  ///   - pairCount: pairs of dimensions per head, `headDim / 2`.
  ///   - pairing: which dimensions form a pair.
  ///   - magnitude: a factor on all cosines and sines.
  ///   - angle: the angle of a position and a pair.
  public init(
    length: Int, pairCount: Int, pairing: RotaryPairing, magnitude: Double = 1,
    angle: (_ position: Int, _ pair: Int) -> Double
  ) {
    cosines = []
    sines = []
    cosines.reserveCapacity(length * pairCount)
    sines.reserveCapacity(length * pairCount)
    for position in 0..<length {
      for pair in 0..<pairCount {
        let a = angle(position, pair)
        cosines.append(Float(cos(a) * magnitude))
        sines.append(Float(sin(a) * magnitude))
      }
    }
    self.pairing = pairing
  }
}
