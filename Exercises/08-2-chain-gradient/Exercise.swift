/// A layer with one number as its input and output.
struct Layer {
  /// The output for an input.
  let forward: (Double) -> Double
  /// The derivative of `forward` at an input.
  let derivative: (Double) -> Double
}

/// The derivative of the last output with respect to x; only every `segment`-th input is kept.
///
/// - `layers`: at least one, in order. `segment`: at least 1; the last segment can be shorter.
/// - Returns: the product of all derivatives, each at its layer's input, multiplied from the last
///   layer to the first.
func gradient(of layers: [Layer], at x: Double, segment: Int) -> Double {
  // TODO: forward, keeping the input of each segment; then backward, recomputing the others.
  return 0
}
