import TensorCore

/// Layers that see a window, and every k-th that sees everything (Gemma Team, 2024, section 2).
///
/// The window layers cost O(n·W). The global ones can go without positions: a look-up by content
/// then works at any distance, while the windows tell what stands beside what (Yang et al., 2025).
public struct Interleaved: AttentionPattern {
  public let window: Int
  /// One layer in so many is global, the last of each group.
  public let period: Int
  public let globalLayersKnowPositions: Bool
  /// What the global layers' scores are multiplied by: with log n / log T a look-up that was learned
  /// at length T keeps its weight among n tokens (Chiang and Cholak, 2022).
  public let scoreScale: Float

  /// - Precondition: window and period are positive.
  public init(
    window: Int, period: Int, globalLayersKnowPositions: Bool = false, scoreScale: Float = 1
  ) {
    precondition(window > 0 && period > 0, "interleaved: window \(window), period \(period)")
    self.window = window
    self.period = period
    self.globalLayersKnowPositions = globalLayersKnowPositions
    self.scoreScale = scoreScale
  }

  public var name: String { "window \(window), every \(period). layer global" }
  public var identity: String {
    "\(name), \(globalLayersKnowPositions ? "with" : "without") positions, scoreScale \(scoreScale)"
  }

  public func isGlobal(_ layer: Int) -> Bool { layer % period == period - 1 }

  public func layer(_ index: Int) -> LayerAttention {
    guard isGlobal(index) else { return LayerAttention(SlidingWindow(window)) }
    return LayerAttention(
      Causal(), usesPositions: globalLayersKnowPositions, scoreScale: scoreScale)
  }
}
