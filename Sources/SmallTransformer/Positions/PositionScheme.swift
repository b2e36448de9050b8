import Foundation
import TensorCore

/// How a model learns where a token stands: the seam that the positions lesson fills.
///
/// A scheme acts in one of three places: it adds a vector to each token's embedding, it turns
/// queries and keys, or it adds to the scores. It leaves the others alone (nil).
public protocol PositionScheme: Sendable {
  /// As a figure's legend has it.
  var name: String { get }
  /// The name with every constant that changes the numbers: trained models are cached under it.
  var identity: String { get }

  /// A fixed vector for each position, `[length, modelDim]`, row-major, added to the embedding.
  func addedTable(length: Int, modelDim: Int) -> [Float]?

  /// How many positions have a trained vector of their own, for a scheme that learns them.
  var learnedPositionCount: Int? { get }

  /// The angles that turn queries and keys, for positions 0 ..< length.
  func rotation(length: Int, headDim: Int) -> RotationAngles?

  /// One slope a head: the score of a pair is lowered by slope × distance.
  func scoreSlopes(headCount: Int) -> [Float]?
}

extension PositionScheme {
  public var identity: String { name }
  public func addedTable(length: Int, modelDim: Int) -> [Float]? { nil }
  public var learnedPositionCount: Int? { nil }
  public func rotation(length: Int, headDim: Int) -> RotationAngles? { nil }
  public func scoreSlopes(headCount: Int) -> [Float]? { nil }
}

/// Cosines and sines of a rotary embedding, `[length, headDim / 2]` each, row-major.
public struct RotationAngles: Sendable {
  public var cosines: [Float]
  public var sines: [Float]
  public var pairing: RotaryPairing

  /// Fills both from the angle of each position and pair, computed in Double: a Float32 angle of
  /// 100,000 radians has lost half of its digits.
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
