import TensorCore

/// Attention of the queries of one run for the keys of another, as a problem for the kernels.
///
/// The kernels number queries and keys from 0, one apart. With positions `a + i·S` and `b + j·S`
/// and `a − b = S·q + c`, `0 ≤ c < S`, the distance of a pair is `S·(i + q − j) + c`. So the causal
/// condition `distance ≥ 0` is `j ≤ i + q`: query 0 is at the kernel's position q. The window
/// `distance < W` is `i + q − j < (W − c) / S`, rounded up. ALiBi's bias is `−slope·S` times the
/// kernel's distance, plus the constant `−slope·c`, which the kernel does not know. As it is equal
/// for all keys of the run, it is added to the log-sum-exp instead.
struct RunProblem {
  let problem: AttentionProblem
  /// `−slope·c` per query head, in addition to each score of `problem`; nil if it is 0.
  let scoreOffsets: [Float]?

  /// Nil if no query of one run sees a key of the other, so that nothing has to be computed.
  ///
  /// - Parameters:
  ///   - queries: positions of the queries.
  ///   - keys: positions of the keys.
  ///   - whole: heads, scale, mask and slopes of the attention of the whole sequence.
  /// - Precondition: both runs have the same stride. If it is not 1, the mask is causal, or there are
  ///   neither a window nor slopes.
  init?(queries: PositionRun, keys: PositionRun, of whole: AttentionProblem) {
    let stride = queries.stride
    precondition(stride == keys.stride, "attention: strides \(stride) and \(keys.stride) differ")
    precondition(
      stride == 1 || whole.isCausal || (whole.window == nil && whole.slopes == nil),
      "attention: a striped sequence needs a causal mask if it has a window or slopes")
    let difference = queries.first - keys.first
    let rest = ((difference % stride) + stride) % stride
    var problem = whole
    problem.queryLength = queries.count
    problem.keyLength = keys.count
    problem.firstQueryPosition = (difference - rest) / stride
    if let window = whole.window {
      guard window > rest else { return nil }
      problem.window = (window - rest + stride - 1) / stride
    }
    problem.slopes = whole.slopes.map { $0.map { $0 * Float(stride) } }
    let geometry = MaskGeometry(problem)
    if geometry.visibleKeys(of: 0..<queries.count).isEmpty { return nil }
    self.problem = problem
    scoreOffsets = rest == 0 ? nil : whole.slopes.map { $0.map { -$0 * Float(rest) } }
  }
}

/// The query-key pairs that ranks compute in the rounds of a ring, in one head.
public enum RingWork {
  /// Pairs by round and rank. In round t rank r has the keys of rank r − t.
  ///
  /// - Complexity: O(P · length).
  public static func pairs(
    _ layout: SequenceLayout, rankCount: Int, of whole: AttentionProblem
  ) -> [[Int]] {
    let shares = SequenceShare.all(layout, of: rankCount, length: whole.queryLength)
    return (0..<rankCount).map { round in
      (0..<rankCount).map { rank in
        pairs(shares[rank], shares[(rank - round + rankCount) % rankCount], whole)
      }
    }
  }

  /// The work of a perfect division, over what the rounds take if each lasts as long as its slowest
  /// rank.
  ///
  /// Of a contiguous causal sequence it is P/(2P − 1), up to the diagonal's half pairs: the first
  /// round computes half a block, every other round a whole one on at least one rank.
  public static func efficiency(_ pairs: [[Int]]) -> Double {
    let total = pairs.joined().reduce(0, +)
    let slowest = pairs.reduce(0) { $0 + ($1.max() ?? 0) }
    return Double(total) / Double(pairs.count) / Double(slowest)
  }

  private static func pairs(
    _ queries: SequenceShare, _ keys: SequenceShare, _ whole: AttentionProblem
  ) -> Int {
    queries.runs.reduce(0) { sum, queryRun in
      keys.runs.reduce(sum) { sum, keyRun in
        sum + (RunProblem(queries: queryRun, keys: keyRun, of: whole)?.problem.pairCount ?? 0)
      }
    }
  }
}
