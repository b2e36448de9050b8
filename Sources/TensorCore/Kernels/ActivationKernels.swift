/// The nonlinearities of the feed-forward layer.
public protocol ActivationKernels {
  /// `y = gelu(x + bias)`, the tanh form (Hendrycks and Gimpel, 2016).
  func gelu(_ x: Tensor, bias: Tensor?, into y: Tensor)
  /// `dx = dy · gelu′(x + bias)`.
  func geluBackward(_ dy: Tensor, x: Tensor, bias: Tensor?, into dx: Tensor)
  /// `y = silu(gate) · up` where each row of `gateUp` is `[gate | up]` (Shazeer, 2020).
  func swiGLU(_ gateUp: Tensor, into y: Tensor)
  /// Gradient of `swiGLU` for both halves.
  func swiGLUBackward(_ dy: Tensor, gateUp: Tensor, into dGateUp: Tensor)
}
