/// A view of `[batch, seq, heads, headDim]` numbers inside a tensor, by strides.
///
/// It lets attention read queries, keys and values where the projection left them, packed in one
/// row, or where a cache keeps them, without a transposed copy.
public struct HeadView {
  public let tensor: Tensor
  /// Elements from the tensor's first to this view's first.
  public let offset: Int
  public let batchStride: Int
  public let seqStride: Int
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

  /// Heads `firstHead ..< …` of a tensor `[batch, seq, heads · headDim]`.
  public init(packed tensor: Tensor, firstHead: Int = 0, headDim: Int) {
    let width = tensor.shape.lastExtent
    self.init(
      tensor, offset: firstHead * headDim, batchStride: tensor.shape[1] * width,
      seqStride: width, headStride: headDim)
  }

  /// A tensor `[batch, heads, seq, headDim]`.
  public init(headMajor tensor: Tensor) {
    let (heads, length, headDim) = (tensor.shape[1], tensor.shape[2], tensor.shape[3])
    self.init(
      tensor, batchStride: heads * length * headDim, seqStride: headDim,
      headStride: length * headDim)
  }
}

/// One attention call: its sizes, its mask, its bias.
///
/// With query i of Q and key j of K, the query stands at position `i + K − Q` (bottom-right
/// aligned, so that new tokens stand at the end of a cache). The pair takes part where
/// `!isCausal || j ≤ position`, and, with a window W, `position − j < W` (the token itself counts,
/// so W tokens are seen) and, without causality, `j − position < W`; and where a block list, if
/// there is one, keeps the pair (position, j). Its score is `scale · q·k − slope[head] · |position − j|`.
/// A query that sees no key gets the output 0 and the log-sum-exp −∞.
public struct AttentionProblem: Hashable, Sendable {
  public var batchCount: Int
  public var queryLength: Int
  public var keyLength: Int
  public var headCount: Int
  /// Heads of keys and values; head h reads number `h / (headCount / kvHeadCount)`.
  public var kvHeadCount: Int
  public var headDim: Int
  public var scale: Float
  public var isCausal: Bool
  public var window: Int?
  /// ALiBi slopes, one a head (Press et al., 2022).
  public var slopes: [Float]?
  public var blocks: BlockList?

  /// - Precondition: sizes are positive, `kvHeadCount` divides `headCount`, a window is positive.
  public init(
    batchCount: Int, queryLength: Int, keyLength: Int, headCount: Int, kvHeadCount: Int? = nil,
    headDim: Int, scale: Float? = nil, isCausal: Bool = true, window: Int? = nil,
    slopes: [Float]? = nil, blocks: BlockList? = nil
  ) {
    let kvHeadCount = kvHeadCount ?? headCount
    precondition(
      batchCount > 0 && queryLength > 0 && keyLength > 0 && headCount > 0 && headDim > 0,
      "attention: a size is not positive")
    precondition(
      kvHeadCount > 0 && headCount % kvHeadCount == 0,
      "attention: \(headCount) heads cannot share \(kvHeadCount) key/value heads")
    precondition(window.map { $0 > 0 } ?? true, "attention: a window must hold a token")
    precondition(
      slopes.map { $0.count == headCount } ?? true,
      "attention: \(slopes?.count ?? 0) slopes for \(headCount) heads")
    self.batchCount = batchCount
    self.queryLength = queryLength
    self.keyLength = keyLength
    self.headCount = headCount
    self.kvHeadCount = kvHeadCount
    self.headDim = headDim
    self.scale = scale ?? 1 / Float(headDim).squareRoot()
    self.isCausal = isCausal
    self.window = window
    self.slopes = slopes
    self.blocks = blocks
  }
}

extension AttentionProblem {
  /// Query heads that share one key/value head: 1 in multi-head, `headCount` in multi-query attention.
  public var groupSize: Int { headCount / kvHeadCount }

  /// The key/value head that a query head reads.
  public func kvHead(of head: Int) -> Int { head / groupSize }

  /// The query heads that read one key/value head.
  public func heads(sharing kvHead: Int) -> Range<Int> {
    kvHead * groupSize..<(kvHead + 1) * groupSize
  }

  /// Whether query i sees key j: the mask's definition, one condition at a time.
  ///
  /// `MaskGeometry` says the same as intervals, for kernels.
  /// - Complexity: O(kept blocks of a row) where there is a block list.
  public func sees(query i: Int, key j: Int) -> Bool {
    let position = i + keyLength - queryLength
    if isCausal && j > position { return false }
    if let window, abs(position - j) >= window { return false }
    return blocks?.keeps(query: position, key: j) ?? true
  }
}

/// Scaled dot-product attention that never stores the queries × keys matrix.
public protocol AttentionKernels {
  /// Shapes: queries and output view `[batch, Q, heads, headDim]`; keys, values
  /// `[batch, K, kvHeads, headDim]`; `logSumExp` `[batch, heads, Q]`.
  ///
  /// - Complexity: 4·Q·K·headDim operations a head (half if causal, fewer with a window or blocks);
  ///   extra memory: one set of tiles a thread.
  func attention(
    queries: HeadView, keys: HeadView, values: HeadView, output: HeadView, logSumExp: Tensor,
    _ problem: AttentionProblem)

  /// Gradients of `attention` for queries, keys and values, written (not added) to their views.
  ///
  /// - Complexity: 10·Q·K·headDim operations a head, the same share skipped; extra memory: one set
  ///   of tiles a thread and one number a query.
  func attentionBackward(
    outputGradient: HeadView, queries: HeadView, keys: HeadView, values: HeadView,
    output: HeadView, logSumExp: Tensor, queryGradient: HeadView, keyGradient: HeadView,
    valueGradient: HeadView, _ problem: AttentionProblem)

  /// The probabilities themselves, `[batch, heads, Q, K]`: the map that the other two never make.
  ///
  /// - Complexity: 2·Q·K·headDim operations a head; memory: the Q × K result.
  func attentionMap(
    queries: HeadView, keys: HeadView, into map: Tensor, _ problem: AttentionProblem)

  /// Metered bytes that `attention`, or its backward pass, takes beside its operands, whatever the
  /// lengths: the tiles of all threads.
  func attentionTileBytes(headDim: Int, isBackward: Bool) -> Int

  /// Copies `[batch, length, heads, headDim]` numbers from one view to another, whose tokens from
  /// `position` on they become: how a cache grows.
  func copyHeads(
    _ source: HeadView, into target: HeadView, at position: Int, _ batchCount: Int, _ length: Int,
    _ headCount: Int, _ headDim: Int)
}

extension AttentionKernels {
  /// None, where tiles lie in memory of the device's own that no tensor is made of.
  public func attentionTileBytes(headDim: Int, isBackward: Bool) -> Int { 0 }
}
