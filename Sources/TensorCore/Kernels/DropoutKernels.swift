/// Dropout (Srivastava et al., 2014) with masks that are computed, not stored.
public protocol DropoutKernels {
  /// `y[i] = (residual[i] +) (mask.keeps(i) ? x[i] · mask.keptScale : 0)`.
  ///
  /// Its own gradient, without the residual. `x` and `y` may be the same tensor.
  func dropout(_ x: Tensor, _ mask: DropoutMask, residual: Tensor?, into y: Tensor)
}
