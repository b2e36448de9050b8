/// The sizes, the mask and the bias of one attention call.
///
/// Positions are counted from key 0. Query i of Q is at position `i + shift`. By default `shift` is
/// `K − Q`: the last query is aligned to the last key, so that new tokens are at the end of a cache.
/// Where keys are only a part of the sequence, as on one of several machines, queries may be before
/// or after all of them. Query i sees key j if all of these conditions are met:
///
/// - `j ≤ position`, if `isCausal`;
/// - `|position − j| < window`, if there is a window. The window includes the token itself, so in a
///   causal window of W a query sees W keys;
/// - the block list keeps the pair (position, j), if there is a list.
///
/// The score of a pair is `scale · q·k − slopes[head] · |position − j|`. A query that sees no key
/// has the output 0 and the log-sum-exp −∞.
public struct AttentionProblem: Hashable, Sendable {
  /// The number of sequences.
  public var batchCount: Int
  /// Q, the number of queries per sequence.
  public var queryLength: Int
  /// K, the number of keys per sequence.
  public var keyLength: Int
  /// The number of query heads.
  public var headCount: Int
  /// Heads of keys and values; see `kvHead(of:)`.
  public var kvHeadCount: Int
  public var headDim: Int
  /// The factor on `q · k`, by default `1 / √headDim`.
  public var scale: Float
  public var isCausal: Bool
  /// Keys at this distance or farther are masked; nil for no window.
  public var window: Int?
  /// ALiBi slopes, one per head (Press et al., 2022).
  public var slopes: [Float]?
  /// The block-sparse mask; nil keeps every block.
  public var blocks: BlockList?
  /// The position of query 0, which may be negative; nil for `K − Q`.
  public var firstQueryPosition: Int?

  /// - Parameters:
  ///   - batchCount: sequences.
  ///   - queryLength: Q, queries of a sequence.
  ///   - keyLength: K, keys of a sequence.
  ///   - headCount: heads of queries.
  ///   - kvHeadCount: heads of keys and values: `headCount` (nil) is multi-head, 1 is multi-query,
  ///     anything between is grouped-query attention.
  ///   - headDim: elements of a query, of a key and of a value.
  ///   - scale: multiplies `q · k`; nil is `1 / √headDim`.
  ///   - isCausal: whether a query sees only keys at or before its own position.
  ///   - window: keys at this distance or farther are masked; nil for no window.
  ///   - slopes: ALiBi's, one per head; nil for no bias.
  ///   - blocks: block-sparse attention; nil keeps every block.
  ///   - firstQueryPosition: the position of query 0; nil aligns the last query to the last key.
  /// - Precondition: sizes are positive, `kvHeadCount` divides `headCount`, a window is positive,
  ///   there is one slope per head.
  public init(
    batchCount: Int, queryLength: Int, keyLength: Int, headCount: Int, kvHeadCount: Int? = nil,
    headDim: Int, scale: Float? = nil, isCausal: Bool = true, window: Int? = nil,
    slopes: [Float]? = nil, blocks: BlockList? = nil, firstQueryPosition: Int? = nil
  ) {
    let kvHeadCount = kvHeadCount ?? headCount
    precondition(
      batchCount > 0 && queryLength > 0 && keyLength > 0 && headCount > 0 && headDim > 0,
      """
      attention: sizes must be positive, not batch \(batchCount), \(queryLength) queries, \
      \(keyLength) keys, \(headCount) heads of \(headDim)
      """)
    precondition(
      kvHeadCount > 0 && headCount % kvHeadCount == 0,
      "attention: \(headCount) heads cannot share \(kvHeadCount) key/value heads")
    precondition(
      window.map { $0 > 0 } ?? true, "attention: a window must be positive, not \(window ?? 0)")
    precondition(
      slopes.map { $0.count == headCount } ?? true,
      "attention: \(slopes?.count ?? 0) slopes for \(headCount) heads; there must be one per head")
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
    self.firstQueryPosition = firstQueryPosition
  }
}

extension AttentionProblem {
  /// The position of query 0, counted from key 0.
  public var shift: Int { firstQueryPosition ?? keyLength - queryLength }

  /// Query heads that share one key/value head: 1 in multi-head, `headCount` in multi-query
  /// attention.
  public var groupSize: Int { headCount / kvHeadCount }

  /// The key/value head of a query head.
  public func kvHead(of head: Int) -> Int { head / groupSize }

  /// The query heads that share one key/value head.
  public func heads(sharing kvHead: Int) -> Range<Int> {
    kvHead * groupSize..<(kvHead + 1) * groupSize
  }

  /// Whether query i sees key j: the mask's definition, one condition at a time.
  ///
  /// `MaskGeometry` expresses the same mask as intervals, for kernels.
  /// - Complexity: O(kept blocks of a row) if there is a block list.
  public func sees(query i: Int, key j: Int) -> Bool {
    let position = i + shift
    if isCausal && j > position { return false }
    if let window, abs(position - j) >= window { return false }
    return blocks?.keeps(query: position, key: j) ?? true
  }
}
