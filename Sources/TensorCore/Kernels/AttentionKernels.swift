// The attention kernels of a backend, and their operands.
//
// Axes in the shapes below:
// - B: sequences in the batch
// - Q: queries of a sequence
// - K: keys of a sequence; in self-attention without a cache, K = Q
// - H: heads of queries
// - G: heads of keys and values; H / G query heads share each
// - D: headDim, the elements of a query, key or value

/// A `[B, length, heads, D]` view of a tensor's elements, by strides.
///
/// With it, attention reads queries, keys and values in place, from the packed projection or from a
/// cache, without a transposed copy.
public struct HeadView {
  public let tensor: Tensor
  /// The index in the tensor of the view's first element.
  public let offset: Int
  /// Elements from one sequence to the next.
  public let batchStride: Int
  /// Elements from one token to the next.
  public let seqStride: Int
  /// Elements from one head to the next.
  public let headStride: Int

  public init(
    _ tensor: Tensor, offset: Int = 0, batchStride: Int, seqStride: Int, headStride: Int
  ) {
    self.tensor = tensor
    self.offset = offset
    self.batchStride = batchStride
    self.seqStride = seqStride
    self.headStride = headStride
  }

  /// Heads `firstHead ..< …` of a tensor `[B, length, heads · D]`.
  public init(packed tensor: Tensor, firstHead: Int = 0, headDim: Int) {
    let width = tensor.shape.lastExtent
    self.init(
      tensor, offset: firstHead * headDim, batchStride: tensor.shape[1] * width,
      seqStride: width, headStride: headDim)
  }

  /// A tensor `[B, heads, length, D]`.
  public init(headMajor tensor: Tensor) {
    let (heads, length, headDim) = (tensor.shape[1], tensor.shape[2], tensor.shape[3])
    self.init(
      tensor, batchStride: heads * length * headDim, seqStride: headDim,
      headStride: length * headDim)
  }

  /// The same view without its first tokens.
  public func advanced(by tokens: Int) -> HeadView {
    HeadView(
      tensor, offset: offset + tokens * seqStride, batchStride: batchStride, seqStride: seqStride,
      headStride: headStride)
  }
}

/// The inputs and outputs of attention's forward pass. The backward pass reads all of them.
public struct AttentionOperands {
  /// `[B, Q, H, D]`
  public var queries: HeadView
  /// `[B, K, G, D]`
  public var keys: HeadView
  /// `[B, K, G, D]`
  public var values: HeadView
  /// `[B, Q, H, D]`, written by the forward pass.
  public var output: HeadView
  /// `[B, H, Q]`, the log-sum-exp of each query's scores, written by the forward pass.
  public var logSumExp: Tensor

  public init(
    queries: HeadView, keys: HeadView, values: HeadView, output: HeadView, logSumExp: Tensor
  ) {
    self.queries = queries
    self.keys = keys
    self.values = values
    self.output = output
    self.logSumExp = logSumExp
  }
}

/// The gradients of a loss for the operands of attention.
public struct AttentionGradients {
  /// `[B, Q, H, D]`, read.
  public var output: HeadView
  /// `[B, Q, H, D]`, written.
  public var queries: HeadView
  /// `[B, K, G, D]`, written: the sum over the query heads that share a key/value head.
  public var keys: HeadView
  /// `[B, K, G, D]`, written, summed in the same way.
  public var values: HeadView

  public init(output: HeadView, queries: HeadView, keys: HeadView, values: HeadView) {
    self.output = output
    self.queries = queries
    self.keys = keys
    self.values = values
  }
}

/// Tiled scaled dot-product attention, which does not store the queries × keys matrix.
public protocol AttentionKernels {
  /// `output = softmax(scale · Q•Kᵀ + bias, masked) • V` for each head (Vaswani et al., 2017;
  /// tiled as in Dao, 2024: FlashAttention-2).
  ///
  /// Equivalent to, for sequence b and head h with g = `problem.kvHead(of: h)`:
  ///
  ///     scores = scale * queries[b, :, h] • keys[b, :, g]ᵀ                  // [Q, K]
  ///     scores[i, j] -= slopes[h] * abs(i + problem.shift - j)
  ///     scores[i, j] = -inf where !problem.sees(query: i, key: j)
  ///     output[b, :, h] = softmax(scores) • values[b, :, g]                 // [Q, D]
  ///     logSumExp[b, h] = log(sum(exp(scores), axis: 1))                    // [Q]
  ///
  /// - Parameters:
  ///   - operands: queries, output `[B, Q, H, D]`; keys, values `[B, K, G, D]`; logSumExp
  ///     `[B, H, Q]`.
  ///   - problem: the sizes, the mask and the bias.
  /// - Complexity: 4·Q·K·D FLOPs per head (half if causal, fewer with a window or blocks); extra
  ///   memory: one set of tiles per thread.
  func attention(_ operands: AttentionOperands, _ problem: AttentionProblem)

  /// Gradients of `attention` for queries, keys and values, written (not added) to their views.
  ///
  /// The probabilities are computed again from the scores and `logSumExp` (Dao et al., 2022,
  /// section 3.1). With P the probabilities and dO the gradient of the output:
  /// `dV = Pᵀ • dO`, `dS = P · (dO • Vᵀ − Σ dO · O)`, `dQ = scale · dS • K`,
  /// `dK = scale · dSᵀ • Q`.
  ///
  /// - Parameters:
  ///   - operands: those of the forward pass, with its output and log-sum-exp.
  ///   - gradients: output, queries `[B, Q, H, D]`; keys, values `[B, K, G, D]`.
  ///   - problem: that of the forward pass.
  /// - Complexity: 10·Q·K·D FLOPs per head, masked tiles skipped likewise; extra memory: one set of
  ///   tiles per thread and one element per query.
  func attentionBackward(
    _ operands: AttentionOperands, _ gradients: AttentionGradients, _ problem: AttentionProblem)

  /// The attention probabilities, `softmax(scale · Q•Kᵀ + bias, masked)`, which `attention` does
  /// not store.
  ///
  /// - Parameters:
  ///   - queries: `[B, Q, H, D]`
  ///   - keys: `[B, K, G, D]`
  ///   - map: `[B, H, Q, K]`
  ///   - problem: the sizes, the mask and the bias.
  /// - Complexity: 2·Q·K·D FLOPs per head; memory: the Q × K result.
  func attentionMap(
    queries: HeadView, keys: HeadView, into map: Tensor, _ problem: AttentionProblem)

  /// Workspace bytes of `attention` or its backward pass, as the meter counts them: the tiles of
  /// all threads. They do not depend on the length.
  func attentionTileBytes(headDim: Int, isBackward: Bool) -> Int

  /// Copies the tokens of `source` to `target`, from its token `position` on. It appends to a KV
  /// cache.
  ///
  /// - Parameters:
  ///   - source: `[batchCount, length, headCount, headDim]`
  ///   - target: `[batchCount, at least position + length, headCount, headDim]`
  ///   - position: the token of `target` that the first token of `source` becomes.
  ///   - batchCount: sequences to copy.
  ///   - length: tokens to copy from each.
  ///   - headCount: heads to copy.
  ///   - headDim: elements of a head.
  func copyHeads(
    _ source: HeadView, into target: HeadView, at position: Int, _ batchCount: Int, _ length: Int,
    _ headCount: Int, _ headDim: Int)
}

extension AttentionKernels {
  /// 0, for a device whose tiles are in memory that the meter does not count.
  public func attentionTileBytes(headDim: Int, isBackward: Bool) -> Int { 0 }
}
