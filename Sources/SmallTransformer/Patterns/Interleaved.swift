import TensorCore

/// Layers with a sliding window, and every k-th layer with full causal attention (Gemma Team, 2024,
/// section 2).
///
/// A window layer costs O(n·W). The global layers can go without positions: retrieval by content
/// then works at any distance, and the window layers provide local order (Yang et al., 2025).
public struct Interleaved: AttentionPattern {
  /// The window of the other layers, the query's own token included.
  public let window: Int
  /// The number of layers in a group; the last layer of each group is global.
  public let period: Int
  /// Whether the position scheme acts in global layers.
  public let globalLayersUsePositions: Bool
  /// A factor on the scores of global layers. With log n / log T, retrieval learned at length T
  /// keeps its attention weight among n tokens (Chiang and Cholak, 2022).
  public let scoreScale: Float

  /// - Precondition: window and period are positive.
  public init(
    window: Int, period: Int, globalLayersUsePositions: Bool = false, scoreScale: Float = 1
  ) {
    precondition(
      window > 0 && period > 0,
      "interleaved: window \(window), period \(period); both must be positive")
    self.window = window
    self.period = period
    self.globalLayersUsePositions = globalLayersUsePositions
    self.scoreScale = scoreScale
  }

  public var name: String { "window \(window), 1 of \(period) layers global" }
  public var identity: String {
    "\(name), \(globalLayersUsePositions ? "with" : "without") positions, scoreScale \(scoreScale)"
  }

  /// Whether a layer has full causal attention.
  public func isGlobal(_ layer: Int) -> Bool { layer % period == period - 1 }

  public func layer(_ index: Int) -> LayerAttention {
    guard isGlobal(index) else { return LayerAttention(SlidingWindow(window)) }
    return LayerAttention(
      Causal(), usesPositions: globalLayersUsePositions, scoreScale: scoreScale)
  }
}
