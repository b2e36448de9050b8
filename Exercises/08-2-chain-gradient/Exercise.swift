/// A layer of one number.
struct Layer {
  /// What the layer makes of its input.
  let forward: (Double) -> Double
  /// The derivative of `forward` at an input.
  let derivative: (Double) -> Double
}

/// d(result of the last layer) / dx, keeping the input of every `segment`-th layer only.
///
/// - `layers`: at least one, in order. `segment`: at least 1; the last segment may be shorter.
/// - Returns: the product of all derivatives, each at its layer's input, multiplied from the last
///   layer to the first.
func gradient(of layers: [Layer], at x: Double, segment: Int) -> Double {
  // TODO: forward, keeping each segment's input; then back, computing the others again.
  return 0
}
