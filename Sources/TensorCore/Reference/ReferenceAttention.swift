import Foundation

/// Naive scaled dot-product attention in Double. Every kernel is tested against it, and the lessons
/// show it.
///
/// Arrays are head-major: queries, outputs and their gradients `[batch, heads, Q, headDim]`, keys
/// and values `[batch, kvHeads, K, headDim]`.
public enum ReferenceAttention {
  /// The probabilities `[batch, heads, Q, K]` and the log-sum-exp `[batch, heads, Q]`.
  ///
  /// `p = softmax(scale · q·k − slope · |position − j|)` over the keys that the query sees. If
  /// `isVisible` is given, it replaces the problem's mask.
  public static func probabilities(
    queries: [Float], keys: [Float], _ problem: AttentionProblem,
    isVisible: ((_ query: Int, _ key: Int) -> Bool)? = nil
  ) -> (map: [Double], logSumExp: [Double]) {
    let (Q, K, D) = (problem.queryLength, problem.keyLength, problem.headDim)
    var map = [Double](repeating: 0, count: problem.batchCount * problem.headCount * Q * K)
    var logSumExp = [Double](
      repeating: -.infinity, count: problem.batchCount * problem.headCount * Q)
    for head in 0..<problem.batchCount * problem.headCount {
      let kvHead = sharedHead(of: head, problem)
      let slope = Double(problem.slopes?[head % problem.headCount] ?? 0)
      for i in 0..<Q {
        let visible = (0..<K).filter { isVisible?(i, $0) ?? problem.sees(query: i, key: $0) }
        if visible.isEmpty { continue }
        let scores = visible.map { j in
          Double(problem.scale)
            * (0..<D).reduce(0.0) {
              $0 + Double(queries[(head * Q + i) * D + $1])
                * Double(keys[(kvHead * K + j) * D + $1])
            } - slope * Double(abs(i + problem.shift - j))
        }
        let largest = scores.reduce(-.infinity, max)
        let sum = scores.reduce(0) { $0 + exp($1 - largest) }
        logSumExp[head * Q + i] = largest + log(sum)
        for (j, score) in zip(visible, scores) {
          map[(head * Q + i) * K + j] = exp(score - largest) / sum
        }
      }
    }
    return (map, logSumExp)
  }

  /// `output = p • values`: map `[batch, heads, Q, K]`, result `[batch, heads, Q, headDim]`.
  public static func output(
    map: [Double], values: [Float], _ problem: AttentionProblem
  ) -> [Double] {
    let (Q, K, D) = (problem.queryLength, problem.keyLength, problem.headDim)
    var output = [Double](repeating: 0, count: problem.batchCount * problem.headCount * Q * D)
    for head in 0..<problem.batchCount * problem.headCount {
      let kvHead = sharedHead(of: head, problem)
      for i in 0..<Q {
        for j in 0..<K where map[(head * Q + i) * K + j] != 0 {
          for d in 0..<D {
            output[(head * Q + i) * D + d] +=
              map[(head * Q + i) * K + j] * Double(values[(kvHead * K + j) * D + d])
          }
        }
      }
    }
    return output
  }

  /// Gradients of a loss for queries, keys and values, given its gradient for the output.
  ///
  /// `dV = pᵀ · dO`, `dp = dO · Vᵀ`, `ds = p · (dp − Σ p · dp)`, `dQ = scale · ds · K`,
  /// `dK = scale · dsᵀ · Q`.
  public static func gradients(
    outputGradient: [Float], queries: [Float], keys: [Float], values: [Float],
    _ problem: AttentionProblem
  ) -> (queries: [Double], keys: [Double], values: [Double]) {
    let (Q, K, D) = (problem.queryLength, problem.keyLength, problem.headDim)
    let map = probabilities(queries: queries, keys: keys, problem).map
    var dQ = [Double](repeating: 0, count: queries.count)
    var dK = [Double](repeating: 0, count: keys.count)
    var dV = [Double](repeating: 0, count: values.count)
    let scale = Double(problem.scale)
    for head in 0..<problem.batchCount * problem.headCount {
      let kvHead = sharedHead(of: head, problem)
      for i in 0..<Q {
        let (q, row) = ((head * Q + i) * D, (head * Q + i) * K)
        let dp = (0..<K).map { j in
          (0..<D).reduce(0.0) {
            $0 + Double(outputGradient[q + $1]) * Double(values[(kvHead * K + j) * D + $1])
          }
        }
        let mean = (0..<K).reduce(0.0) { $0 + map[row + $1] * dp[$1] }
        for j in 0..<K where map[row + j] != 0 {
          let ds = map[row + j] * (dp[j] - mean) * scale
          let k = (kvHead * K + j) * D
          for d in 0..<D {
            dV[k + d] += map[row + j] * Double(outputGradient[q + d])
            dQ[q + d] += ds * Double(keys[k + d])
            dK[k + d] += ds * Double(queries[q + d])
          }
        }
      }
    }
    return (dQ, dK, dV)
  }

  /// The key/value head of a query head; both indices count the heads of all sequences.
  private static func sharedHead(of head: Int, _ problem: AttentionProblem) -> Int {
    let (batch, inside) = (head / problem.headCount, head % problem.headCount)
    return batch * problem.kvHeadCount + problem.kvHead(of: inside)
  }
}
