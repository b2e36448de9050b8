/// The nonlinearities of the feed-forward layer.
public protocol ActivationKernels {
  /// `y = gelu(x + bias)`, the tanh form (Hendrycks and Gimpel, 2016); where a `derivative` is
  /// given, `gelu′(x + bias)` goes there.
  func gelu(_ x: Tensor, bias: Tensor?, into y: Tensor, derivative: Tensor?)
  /// `y = silu(gate) · up` where each row of `gateUp` is `[gate | up]` (Shazeer, 2020).
  func swiGLU(_ gateUp: Tensor, into y: Tensor)
  /// Gradient of `swiGLU` for both halves.
  func swiGLUBackward(_ dy: Tensor, gateUp: Tensor, into dGateUp: Tensor)
}
