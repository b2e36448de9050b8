/// LayerNorm (Ba et al., 2016), RMSNorm (Zhang and Sennrich, 2019) and softmax over the last axis.
public protocol NormalizationKernels {
  /// `y = (x − mean) · rstd · weight + bias`; keeps `mean` and `rstd`, one number a row each.
  func layerNorm(
    _ x: Tensor, weight: Tensor, bias: Tensor, epsilon: Float, into y: Tensor, mean: Tensor,
    rstd: Tensor)
  /// Gradients of `layerNorm`, each added to what is there where its flag is set.
  func layerNormBackward(
    _ dy: Tensor, x: Tensor, weight: Tensor, mean: Tensor, rstd: Tensor,
    dx: Tensor, accumulate: Bool, dWeight: Tensor, accumulateWeight: Bool, dBias: Tensor,
    accumulateBias: Bool)

  /// `y = x · rrms · weight`, with `rrms = 1/√(mean(x²) + ε)`; keeps `rrms`.
  func rmsNorm(
    _ x: Tensor, weight: Tensor, epsilon: Float, into y: Tensor, rstd: Tensor)
  /// Gradients of `rmsNorm`.
  func rmsNormBackward(
    _ dy: Tensor, x: Tensor, weight: Tensor, rstd: Tensor, dx: Tensor,
    accumulate: Bool, dWeight: Tensor, accumulateWeight: Bool)
}
