import Foundation
import TensorCore

/// Rotary position embedding: queries and keys are turned by angles that grow with their position
/// (Su et al., 2021).
///
/// Pair i of a head of D dimensions turns by `p · θᵢ` at position p, with `θᵢ = base^(−2i/D)`.
/// A turned query at m and a turned key at n have a dot product that depends on `m − n` alone.
///
/// `scaling` changes the frequencies for lengths beyond those of training; see `RotaryScaling`.
public struct Rotary: PositionScheme {
  public let base: Double
  public let pairing: RotaryPairing
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

  /// `θᵢ` of each pair, in radians a token, before any scaling.
  public func frequencies(headDim: Int) -> [Double] {
    (0..<headDim / 2).map { pow(base, -2 * Double($0) / Double(headDim)) }
  }

  /// - Complexity: O(length · headDim)
  /// - Precondition: `headDim` is even.
  public func rotation(length: Int, headDim: Int) -> RotationAngles? {
    precondition(headDim % 2 == 0, "rotary: a head of \(headDim) dimensions has an odd one out")
    let plain = frequencies(headDim: headDim)
    let scaled = scaling?.frequencies(plain, base: base, headDim: headDim) ?? plain
    return RotationAngles(
      length: length, pairCount: headDim / 2, pairing: pairing,
      magnitude: scaling?.magnitude ?? 1
    ) { position, pair in Double(position) * scaled[pair] }
  }
}

/// Other frequencies for a trained rotary model, so that it reads further than it was trained.
///
/// The conforming types (position interpolation, NTK-aware, YaRN) are in the positions lesson.
public protocol RotaryScaling: Sendable {
  var name: String { get }
  /// The name with every constant.
  var identity: String { get }
  /// The frequencies to use in place of `plain`, one a pair.
  func frequencies(_ plain: [Double], base: Double, headDim: Int) -> [Double]
  /// What turned queries and keys are multiplied by, each; 1 leaves the scores alone.
  var magnitude: Double { get }
}

extension RotaryScaling {
  public var magnitude: Double { 1 }
}
