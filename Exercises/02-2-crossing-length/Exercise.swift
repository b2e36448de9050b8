/// The shortest text at which attention costs at least as much as the weights of its layer.
///
/// - `isCausal`: whether the kernel skips what a causal mask forbids: half of attention.
func crossingLength(modelDim: Int, feedForwardDim: Int, isCausal: Bool) -> Int {
  // TODO: set 8nd² + 4ndf equal to the cost of attention, and solve for n.
  return 0
}
