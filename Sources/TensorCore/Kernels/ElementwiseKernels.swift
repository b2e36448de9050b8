/// Fills, copies, sums: one pass over memory each.
public protocol ElementwiseKernels {
  func fill(_ tensor: Tensor, with value: Float)
  func copy(_ source: Tensor, into target: Tensor)
  /// `target += source`
  func add(_ source: Tensor, to target: Tensor)
  /// `target = a · b`, element by element; `target` may be `a` or `b`.
  func multiplyElements(_ a: Tensor, _ b: Tensor, into target: Tensor)
  /// `target *= factor`
  func scale(_ target: Tensor, by factor: Float)
  /// `target[row, :] = residual[row, :] + bias`; either may be absent (then it counts as zero).
  ///
  /// What a product with `accumulate` starts from: it saves the product's own pass for both.
  func fillRows(_ target: Tensor, residual: Tensor?, bias: Tensor?)
  /// `sums[column] = Σ_row matrix[row, column]`, added to `sums` where `accumulate` is set.
  func sumRows(_ matrix: Tensor, into sums: Tensor, accumulate: Bool)
  /// The sum of squares of all elements, in Double, the same for every thread count.
  func sumOfSquares(_ tensor: Tensor) -> Double
  /// The same over several tensors: one answer to wait for, where a device makes one wait.
  func sumOfSquares(_ tensors: [Tensor]) -> Double
}

extension ElementwiseKernels {
  public func sumOfSquares(_ tensors: [Tensor]) -> Double {
    tensors.reduce(0.0) { $0 + sumOfSquares($1) }
  }
}
