/// The sizes of a layer.
struct Layer {
  var modelDim: Int
  var headCount: Int
  var kvHeadCount: Int
  var headDim: Int
  var feedForwardDim: Int
  /// The number of feed-forward matrices: 2, or 3 with a gate.
  var matrixCount: Int
}

/// The length from which on attention costs at least as much as the weights of its layer.
///
/// - `isCausal`: whether the kernel skips masked pairs, which is half of attention.
func crossingLength(of layer: Layer, isCausal: Bool) -> Int {
  // TODO: count the weights, set the two costs equal, solve for the length, and round up.
  return 0
}
