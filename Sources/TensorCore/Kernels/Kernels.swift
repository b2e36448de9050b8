// The kernels of a backend, one protocol per family. Attention is in `AttentionKernels.swift`.
//
// Every kernel writes into tensors that the caller allocated. The operations of `Autograd` check
// the shapes before they call; kernels do not check again. "Rows" are all axes but the last,
// flattened: a tensor `[batch, seq, width]` has `batch · seq` rows of `width` elements.
//
// In the shapes below: R rows · W width, the elements of a row.

/// Matrix products.
public protocol ProductKernels {
  /// `c = op(a) • op(b)`, or `c += op(a) • op(b)` if `accumulate` is true. `op` transposes if its
  /// flag is true.
  ///
  /// - Parameters:
  ///   - a: `[m, k]`, or `[k, m]` if it is transposed.
  ///   - aTransposed: whether to transpose `a`.
  ///   - b: `[k, n]`, or `[n, k]` if it is transposed.
  ///   - bTransposed: whether to transpose `b`.
  ///   - c: `[m, n]`
  ///   - accumulate: whether to add to `c`.
  /// - Complexity: 2·m·k·n FLOPs (a multiply-add counts as two); extra memory: the library's
  ///   packing buffers.
  func multiply(
    _ a: Tensor, transposed aTransposed: Bool, _ b: Tensor, transposed bTransposed: Bool,
    into c: Tensor, accumulate: Bool)
}

/// Fills, copies, elementwise arithmetic and sums: one pass over memory each.
///
/// Shapes: any; all operands of a call have the same shape, unless noted.
public protocol ElementwiseKernels {
  /// Sets every element to `value`.
  func fill(_ tensor: Tensor, with value: Float)
  /// `target = source`
  func copy(_ source: Tensor, into target: Tensor)
  /// `target += source`
  func add(_ source: Tensor, to target: Tensor)
  /// `target = a · b`, element by element; `target` may be `a` or `b`.
  func multiplyElements(_ a: Tensor, _ b: Tensor, into target: Tensor)
  /// `target *= factor`
  func scale(_ target: Tensor, by factor: Float)
  /// `target[r, :] = residual[r, :] + bias`; a nil operand counts as zero.
  ///
  /// A product with `accumulate` starts from this, so that residual and bias need no separate pass.
  ///
  /// - Parameters:
  ///   - target: `[R, W]`
  ///   - residual: `[R, W]`
  ///   - bias: `[W]`
  func fillRows(_ target: Tensor, residual: Tensor?, bias: Tensor?)
  /// `sums[w] = Σ_r matrix[r, w]`, added to `sums` if `accumulate` is true.
  ///
  /// - Parameters:
  ///   - matrix: `[R, W]`
  ///   - sums: `[W]`
  ///   - accumulate: whether to add to `sums`.
  func sumRows(_ matrix: Tensor, into sums: Tensor, accumulate: Bool)
  /// The sum of squares of all elements, in Double, the same for every thread count.
  func sumOfSquares(_ tensor: Tensor) -> Double
  /// The sum over several tensors; an asynchronous device waits once, not once per tensor.
  func sumOfSquares(_ tensors: [Tensor]) -> Double
}

extension ElementwiseKernels {
  public func sumOfSquares(_ tensors: [Tensor]) -> Double {
    tensors.reduce(0.0) { $0 + sumOfSquares($1) }
  }
}

/// Gather, scatter-add and scaling of rows.
public protocol RowKernels {
  /// Gathers rows: `y[i, :] = x[rows[i], :]`.
  ///
  /// - Parameters:
  ///   - x: `[R, W]`
  ///   - rows: indices below R, in any order; a row may occur several times.
  ///   - y: `[rows.count, W]`
  func gatherRows(_ x: Tensor, rows: [Int32], into y: Tensor)
  /// Scatter-adds rows: `y[rows[i], :] += x[i, :]`, the gradient of `gatherRows`.
  ///
  /// A row that occurs several times receives its additions in ascending order of i, for any thread
  /// count.
  ///
  /// - Parameters:
  ///   - x: `[rows.count, W]`
  ///   - rows: indices below R.
  ///   - y: `[R, W]`
  func scatterAddRows(_ x: Tensor, rows: [Int32], into y: Tensor)
  /// `y[r, :] = factors[r] · x[r, :]`
  ///
  /// - Parameters:
  ///   - x: `[R, W]`
  ///   - factors: R elements.
  ///   - y: `[R, W]`; it may be `x`.
  func scaleRows(_ x: Tensor, by factors: Tensor, into y: Tensor)
  /// Dot products of rows: `y[r] = Σ_w a[r, w] · b[r, w]`, the gradient of `scaleRows` for
  /// `factors`.
  ///
  /// - Parameters:
  ///   - a: `[R, W]`
  ///   - b: `[R, W]`
  ///   - y: R elements.
  func rowDots(_ a: Tensor, _ b: Tensor, into y: Tensor)
}

/// LayerNorm (Ba et al., 2016) and RMSNorm (Zhang and Sennrich, 2019) over the last axis.
///
/// Shapes: `x`, `y` and their gradients `[R, W]`; `weight`, `bias` and their gradients `[W]`;
/// `mean` and `rstd` `[R]`. A gradient is added to its tensor if its flag is true, else it
/// overwrites it.
public protocol NormalizationKernels {
  /// `y = (x − mean) · rstd · weight + bias` with `rstd = 1 / √(variance + ε)`; keeps `mean` and
  /// `rstd` for the backward pass.
  func layerNorm(
    _ x: Tensor, weight: Tensor, bias: Tensor, epsilon: Float, into y: Tensor, mean: Tensor,
    rstd: Tensor)
  /// Gradients of `layerNorm` for x, weight and bias, from the gradient `dy` of y.
  func layerNormBackward(
    _ dy: Tensor, x: Tensor, weight: Tensor, mean: Tensor, rstd: Tensor,
    dx: Tensor, accumulate: Bool, dWeight: Tensor, accumulateWeight: Bool, dBias: Tensor,
    accumulateBias: Bool)

  /// `y = x · rstd · weight` with `rstd = 1 / √(mean(x²) + ε)`; keeps `rstd` for the backward pass.
  func rmsNorm(
    _ x: Tensor, weight: Tensor, epsilon: Float, into y: Tensor, rstd: Tensor)
  /// Gradients of `rmsNorm` for x and weight, from the gradient `dy` of y.
  func rmsNormBackward(
    _ dy: Tensor, x: Tensor, weight: Tensor, rstd: Tensor, dx: Tensor,
    accumulate: Bool, dWeight: Tensor, accumulateWeight: Bool)
}

/// Softmax over a materialized matrix. Naive attention needs it, tiled attention does not.
public protocol SoftmaxKernels {
  /// In place, `x[r, :] = softmax(scale · x[r, :])`.
  ///
  /// With `isCausal`, row r of a matrix sees its first `r + 1 + columns − rows` columns
  /// (bottom-right aligned, as in `AttentionProblem`). The others become 0, and so does a row that
  /// sees none.
  ///
  /// - Parameters:
  ///   - x: `[…, rows, columns]`
  ///   - scale: multiplies the scores first.
  ///   - isCausal: whether a row sees no later columns.
  /// - Complexity: three passes over the matrix; no extra memory.
  func softmaxRows(_ x: Tensor, scale: Float, isCausal: Bool)

  /// In place, `dy[r, :] = scale · y[r, :] · (dy[r, :] − Σ y[r, :] · dy[r, :])`: from the gradient
  /// of the probabilities `y` to the gradient of the scores before `scale`.
  ///
  /// - Parameters:
  ///   - dy: `[…, rows, columns]`
  ///   - y: `[…, rows, columns]`
  ///   - scale: that of the forward pass.
  /// - Complexity: two passes over both matrices; no extra memory.
  func softmaxRowsBackward(_ dy: Tensor, y: Tensor, scale: Float)
}

/// The nonlinearities of the feed-forward layer.
public protocol ActivationKernels {
  /// `y = gelu(x + bias)`, the tanh form (Hendrycks and Gimpel, 2016). Where a `derivative` is
  /// given, `gelu′(x + bias)` is written there.
  ///
  /// - Parameters:
  ///   - x: `[R, W]`
  ///   - bias: `[W]`
  ///   - y: `[R, W]`
  ///   - derivative: `[R, W]`
  func gelu(_ x: Tensor, bias: Tensor?, into y: Tensor, derivative: Tensor?)
  /// `y = silu(gate) · up` (Shazeer, 2020).
  ///
  /// - Parameters:
  ///   - gateUp: `[R, 2 · W]`, each row `[gate | up]`.
  ///   - y: `[R, W]`
  func swiGLU(_ gateUp: Tensor, into y: Tensor)
  /// Gradient of `swiGLU` for both halves of `gateUp`.
  ///
  /// - Parameters:
  ///   - dy: `[R, W]`
  ///   - gateUp: `[R, 2 · W]`, that of the forward pass.
  ///   - dGateUp: `[R, 2 · W]`
  func swiGLUBackward(_ dy: Tensor, gateUp: Tensor, into dGateUp: Tensor)
}

/// Dropout (Srivastava et al., 2014) with masks that are computed, not stored.
public protocol DropoutKernels {
  /// `y[i] = (residual[i] +) (mask.keeps(i) ? x[i] · mask.keptScale : 0)`.
  ///
  /// Shapes: x, residual and y are equal. The backward pass is the same call on `dy`, with
  /// `residual` nil. `x` and `y` may be the same tensor.
  func dropout(_ x: Tensor, _ mask: DropoutMask, residual: Tensor?, into y: Tensor)
}

/// Which dimensions of a head rotate together (Su et al., 2021, section 3.4.2).
public enum RotaryPairing: String, Codable, Sendable {
  /// Dimensions (0, 1), (2, 3), …: the paper's.
  case interleaved
  /// Dimensions (0, D/2), (1, D/2 + 1), …: GPT-NeoX's and LLaMA's in the Hugging Face library.
  /// The same scheme up to a permutation of the head's dimensions.
  case halves
}

/// Rotary position embedding.
public protocol PositionKernels {
  /// Copies `source` to `target` and rotates, in each row, `headCount` heads from `firstHead` on.
  ///
  /// - Parameters:
  ///   - source: `[batch, seq, heads · headDim]`
  ///   - target: `[batch, seq, heads · headDim]`; it may be `source`.
  ///   - cosines: `[positions, headDim / 2]`; token s uses row `firstPosition + s`.
  ///   - sines: `[positions, headDim / 2]`
  ///   - firstPosition: the position of token 0.
  ///   - firstHead: the first head to rotate.
  ///   - headCount: the heads to rotate.
  ///   - headDim: elements of a head.
  ///   - pairing: which dimensions of a head rotate together.
  ///   - inverse: rotates back, which is the gradient.
  func rotate(
    _ source: Tensor, into target: Tensor, cosines: Tensor, sines: Tensor, firstPosition: Int,
    firstHead: Int, headCount: Int, headDim: Int, pairing: RotaryPairing, inverse: Bool)
}

/// The token embedding and the cross-entropy loss.
public protocol TokenKernels {
  /// `y[r, :] = table[tokens[r], :] (+ positions[r mod length, :])`: `gatherRows`, with the
  /// positions added in the same pass. Its gradient for the table is `scatterAddRows`.
  ///
  /// - Parameters:
  ///   - tokens: R token ids.
  ///   - table: `[vocabulary, W]`
  ///   - positions: `[length, W]`
  ///   - y: `[R, W]`
  func embed(_ tokens: [Int32], table: Tensor, positions: Tensor?, into y: Tensor)

  /// `losses[r] = logsumexp(logits[r, :]) − logits[r, targets[r]]`, in nats.
  ///
  /// Where `gradientScale` is given, the logits are overwritten by
  /// `(softmax − onehot) · gradientScale`. A row whose target is negative has loss and gradient 0.
  ///
  /// - Parameters:
  ///   - logits: `[R, vocabulary]`
  ///   - targets: R class indices.
  ///   - losses: `[R]`
  ///   - gradientScale: multiplies the gradient; nil computes no gradient.
  func crossEntropy(
    _ logits: Tensor, targets: [Int32], losses: Tensor, gradientScale: Float?)
}

/// The constants of one step of AdamW (Loshchilov and Hutter, 2019).
public struct AdamWStep: Sendable {
  public var learningRate: Float
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float
  public var weightDecay: Float
  /// Multiplies the gradient first: the clipping factor.
  public var gradientScale: Float
  /// Counted from 1.
  public var step: Int

  public init(
    learningRate: Float, beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float,
    gradientScale: Float, step: Int
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.gradientScale = gradientScale
    self.step = step
  }
}

/// Updates of weights.
public protocol OptimizerKernels {
  /// One step of AdamW in one pass over weight, gradient and both moments.
  ///
  /// `m = β₁m + (1−β₁)g`, `v = β₂v + (1−β₂)g²`, `w −= lr · (m̂ / (√v̂ + ε) + decay · w)`, with
  /// `m̂ = m / (1−β₁ᵗ)` and `v̂ = v / (1−β₂ᵗ)`. All four tensors have one shape.
  func adamW(
    weight: Tensor, gradient: Tensor, firstMoment: Tensor, secondMoment: Tensor, _ step: AdamWStep)
}
