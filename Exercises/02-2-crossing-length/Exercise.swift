/// The sizes of a layer.
struct Layer {
  var modelDim: Int
  var headCount: Int
  var kvHeadCount: Int
  var headDim: Int
  var feedForwardDim: Int
  /// Of the feed-forward part: 2, or 3 with a gate.
  var matrixCount: Int
}

/// The shortest text at which attention costs at least as much as the weights of its layer.
///
/// - `isCausal`: whether the kernel skips what a causal mask forbids: half of attention.
func crossingLength(of layer: Layer, isCausal: Bool) -> Int {
  // TODO: count the weights, set the two costs equal, solve for the length, and round up.
  return 0
}
