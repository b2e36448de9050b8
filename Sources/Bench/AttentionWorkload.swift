import TensorCore

/// Tiled attention, forward only or forward and backward.
public struct AttentionWorkload: Workload {
  public var problem: AttentionProblem
  public var hasBackward = false

  public init(_ problem: AttentionProblem, hasBackward: Bool = false) {
    self.problem = problem
    self.hasBackward = hasBackward
  }

  /// Per query-key pair: 4 · headDim FLOPs forward (two products), 10 · headDim backward (five
  /// products, since the scores are recomputed; Dao et al., 2022, section 3.1).
  public var flops: Double {
    let heads = Double(problem.batchCount * problem.headCount)
    return heads * Double(problem.pairCount * problem.headDim) * (hasBackward ? 14 : 4)
  }

  public var tileCount: Int? { problem.batchCount * problem.headCount * problem.tileCount }

  /// Nil with a window or blocks: PyTorch's fused CPU kernel skips tiles only for the causal mask.
  public var peerRequest: [String: Int]? {
    guard problem.window == nil, problem.blocks == nil else { return nil }
    return problem.peerRequest.merging([
      "causal": problem.isCausal ? 1 : 0, "backward": hasBackward ? 1 : 0, "copies": 1,
    ]) { $1 }
  }

  public func prepare(on backend: any Backend) -> PreparedWork {
    let heads = HeadTensors(problem, on: backend)
    let gradients = hasBackward ? HeadGradients(problem, on: backend) : nil
    return PreparedWork {
      heads.attend(on: backend)
      gradients?.attendBackward(heads, on: backend)
      return nil
    }
  }
}

/// Decoding: attention of one token to a long key/value cache. Each run is one layer.
///
/// As in a model, all layers together are larger than the processor's caches. So each run reads its
/// layer from memory.
public struct DecodeWorkload: Workload {
  public var problem: AttentionProblem
  public var layerCount: Int

  public init(keyLength: Int, headCount: Int, kvHeadCount: Int, headDim: Int, layerCount: Int) {
    problem = AttentionProblem(
      batchCount: 1, queryLength: 1, keyLength: keyLength, headCount: headCount,
      kvHeadCount: kvHeadCount, headDim: headDim, isCausal: false)
    self.layerCount = layerCount
  }

  public var limit: WorkLimit { .bandwidth }

  public var flops: Double {
    4 * Double(problem.headCount * problem.pairCount * problem.headDim)
  }

  /// Each key and value, the query and the output are counted once.
  public var byteCount: Double? {
    let cache = 2 * problem.keyLength * problem.kvHeadCount
    return 4 * Double((cache + 2 * problem.headCount) * problem.headDim)
  }

  public var peerRequest: [String: Int]? {
    problem.peerRequest.merging(["causal": 0, "backward": 0, "copies": layerCount]) { $1 }
  }

  public func prepare(on backend: any Backend) -> PreparedWork {
    let layers = (0..<layerCount).map { _ in HeadTensors(problem, on: backend) }
    var next = 0
    return PreparedWork {
      layers[next].attend(on: backend)
      next = (next + 1) % layers.count
      return nil
    }
  }
}

extension AttentionProblem {
  fileprivate var peerRequest: [String: Int] {
    [
      "attention": 1, "batch": batchCount, "heads": headCount, "kvHeads": kvHeadCount,
      "queries": queryLength, "keys": keyLength, "headDim": headDim,
    ]
  }
}

/// The tensors of one attention call, `[batch, heads, seq, headDim]`; `logSumExp` is
/// `[batch, heads, seq]`.
private struct HeadTensors {
  let problem: AttentionProblem
  let queries, keys, values, output, logSumExp: Tensor

  init(_ problem: AttentionProblem, on backend: any Backend) {
    self.problem = problem
    let (batch, headDim) = (problem.batchCount, problem.headDim)
    let query: Shape = [batch, problem.headCount, problem.queryLength, headDim]
    let key: Shape = [batch, problem.kvHeadCount, problem.keyLength, headDim]
    queries = backend.noise(query, stream: "queries")
    keys = backend.noise(key, stream: "keys")
    values = backend.noise(key, stream: "values")
    output = backend.empty(query, .workspace)
    logSumExp = backend.empty([batch, problem.headCount, problem.queryLength], .workspace)
  }

  var operands: AttentionOperands {
    AttentionOperands(
      queries: HeadView(headMajor: queries), keys: HeadView(headMajor: keys),
      values: HeadView(headMajor: values), output: HeadView(headMajor: output),
      logSumExp: logSumExp)
  }

  func attend(on backend: any Backend) { backend.attention(operands, problem) }
}

/// The gradients of one attention call. The gradient of the output is read, the others are written.
private struct HeadGradients {
  let output, queries, keys, values: Tensor

  init(_ problem: AttentionProblem, on backend: any Backend) {
    let (batch, headDim) = (problem.batchCount, problem.headDim)
    let query: Shape = [batch, problem.headCount, problem.queryLength, headDim]
    let key: Shape = [batch, problem.kvHeadCount, problem.keyLength, headDim]
    output = backend.noise(query, stream: "gradient")
    queries = backend.empty(query, .workspace)
    keys = backend.empty(key, .workspace)
    values = backend.empty(key, .workspace)
  }

  func attendBackward(_ heads: HeadTensors, on backend: any Backend) {
    backend.attentionBackward(
      heads.operands,
      AttentionGradients(
        output: HeadView(headMajor: output), queries: HeadView(headMajor: queries),
        keys: HeadView(headMajor: keys), values: HeadView(headMajor: values)), heads.problem)
  }
}
