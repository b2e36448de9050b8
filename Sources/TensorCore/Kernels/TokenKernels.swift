/// Between tokens and vectors: the embedding and the loss.
public protocol TokenKernels {
  /// `y[row, :] = table[tokens[row], :] (+ positions[row mod length, :])`.
  func embed(_ tokens: [Int32], table: Tensor, positions: Tensor?, into y: Tensor)
  /// Adds each row of `dy` to the gradient row of its token.
  /// The order of additions is by row, whatever the thread count.
  func embedBackward(_ dy: Tensor, tokens: [Int32], into dTable: Tensor)

  /// `losses[row] = logsumexp(logits[row, :]) − logits[row, target]`, in nats. Where
  /// `gradientScale` is given, the logits are overwritten by
  /// `(softmax − onehot) · gradientScale`; a row whose target is negative has loss and gradient 0.
  func crossEntropy(
    _ logits: Tensor, targets: [Int32], losses: Tensor, gradientScale: Float?)
}
