/// Softmax over a matrix that is really there: what plain attention needs, and tiled does without.
public protocol SoftmaxKernels {
  /// In place, `x[r, :] = softmax(scale · x[r, :])` over the last axis.
  ///
  /// Shape: `[…, rows, columns]`. With `isCausal`, row r sees the first `r + 1 + columns − rows`
  /// columns (bottom-right aligned, as in `AttentionProblem`); the others become 0, and so does a
  /// row that sees none.
  /// - Complexity: three passes over the matrix; no extra memory.
  func softmaxRows(_ x: Tensor, scale: Float, isCausal: Bool)

  /// In place, `dy[r, :] = scale · y[r, :] · (dy[r, :] − Σ y[r, :] · dy[r, :])`: from the gradient
  /// of the probabilities `y` to that of the scores before `scale`.
  /// - Complexity: two passes over both matrices; no extra memory.
  func softmaxRowsBackward(_ dy: Tensor, y: Tensor, scale: Float)
}
