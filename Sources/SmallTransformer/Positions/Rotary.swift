import Foundation
import TensorCore

/// Rotary position embedding (RoPE): queries and keys are rotated by angles proportional to their
/// position (Su et al., 2021).
///
/// At position p, pair i of a head with D dimensions is rotated by `p · θᵢ`, with
/// `θᵢ = base^(−2i/D)`. The dot product of a query at m and a key at n then depends only on
/// `m − n`.
///
/// `scaling` changes the frequencies for texts longer than those in training; see `RotaryScaling`.
public struct Rotary: PositionScheme {
  /// The base of the frequencies; 10,000 in the paper, larger in models for long contexts.
  public let base: Double
  /// Which dimensions of a head form a pair.
  public let pairing: RotaryPairing
  /// The change of the frequencies; nil for none.
  public let scaling: (any RotaryScaling)?

  public init(
    base: Double = 10_000, pairing: RotaryPairing = .halves, scaling: (any RotaryScaling)? = nil
  ) {
    self.base = base
    self.pairing = pairing
    self.scaling = scaling
  }

  public var name: String { scaling.map { "RoPE + \($0.name)" } ?? "RoPE" }
  public var identity: String {
    "rotary(base: \(base), pairing: \(pairing.rawValue), scaling: \(scaling?.identity ?? "none"))"
  }

  /// `θᵢ` of each pair, in radians per token, before scaling.
  public func frequencies(headDim: Int) -> [Double] {
    (0..<headDim / 2).map { pow(base, -2 * Double($0) / Double(headDim)) }
  }

  /// - Complexity: O(length · headDim)
  /// - Precondition: `headDim` is even.
  public func rotation(length: Int, headDim: Int) -> RotationAngles? {
    precondition(headDim % 2 == 0, "rotary: a head has \(headDim) dimensions; they must form pairs")
    let unscaled = frequencies(headDim: headDim)
    let scaled = scaling?.frequencies(unscaled, base: base, headDim: headDim) ?? unscaled
    return RotationAngles(
      length: length, pairCount: headDim / 2, pairing: pairing,
      magnitude: scaling?.magnitude ?? 1
    ) { position, pair in Double(position) * scaled[pair] }
  }
}

/// A change of the frequencies of a trained RoPE model, so that it works on longer texts.
///
/// The conforming types (position interpolation, NTK-aware, YaRN) are in the positions lesson.
public protocol RotaryScaling: Sendable {
  var name: String { get }
  /// The name with every constant.
  var identity: String { get }
  /// The frequencies to use instead of `unscaled`, one per pair.
  func frequencies(_ unscaled: [Double], base: Double, headDim: Int) -> [Double]
  /// A factor on both the rotated queries and keys; 1 does not change the scores.
  var magnitude: Double { get }
}

extension RotaryScaling {
  public var magnitude: Double { 1 }
}
