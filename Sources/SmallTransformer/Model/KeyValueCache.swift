import Autograd
import TensorCore

/// The KV cache: keys and values of the tokens so far, so that decoding computes only those of the
/// new token.
///
/// Shapes: keys and values of each layer `[batch, kvHeads, capacity, headDim]`, keys after
/// rotation. Bytes: `2 · layers · batch · kvHeads · capacity · headDim · 4`.
public class KeyValueCache {
  /// The largest number of tokens in the cache.
  public let capacity: Int
  /// Tokens in the cache.
  public private(set) var length = 0
  package let keys: [Tensor]
  package let values: [Tensor]

  /// An empty cache for `batch` sequences of up to `capacity` tokens.
  /// - Precondition: both are positive.
  public init(
    for configuration: TransformerConfiguration, batch: Int = 1, capacity: Int,
    on backend: any Backend
  ) {
    precondition(
      capacity > 0 && batch > 0,
      "cache: capacity \(capacity), batch \(batch); both must be positive")
    self.capacity = capacity
    let shape: Shape = [batch, configuration.kvHeadCount, capacity, configuration.headDim]
    keys = (0..<configuration.layerCount).map { _ in backend.empty(shape, .keyValueCache) }
    values = (0..<configuration.layerCount).map { _ in backend.empty(shape, .keyValueCache) }
  }

  /// Appends the new tokens' keys and values to the layer's, and computes attention over all of
  /// them.
  ///
  /// Shapes: packed `[batch, new tokens, (heads + 2·kvHeads) · headDim]`, result
  /// `[batch, new tokens, heads · headDim]`.
  ///
  /// - Precondition: the tokens fit, and the tape does not record.
  func attend(
    _ packed: Variable, _ problem: AttentionProblem, _ context: LayerContext
  ) -> Variable {
    let (layer, backend) = (context.layer, context.tape.backend)
    precondition(
      length + problem.queryLength <= capacity,
      "cache: \(length) + \(problem.queryLength) tokens, but a capacity of \(capacity)")
    precondition(
      !packed.needsGradient,
      "cache: cached keys have no gradient; use a tape with isRecording: false")
    let views = PackedHeads(packed.value, problem)
    let (keyCache, valueCache) = (
      HeadView(headMajor: keys[layer]), HeadView(headMajor: values[layer])
    )
    backend.copyHeads(
      views.keys, into: keyCache, at: length, problem.batchCount, problem.queryLength,
      problem.kvHeadCount, problem.headDim)
    backend.copyHeads(
      views.values, into: valueCache, at: length, problem.batchCount, problem.queryLength,
      problem.kvHeadCount, problem.headDim)

    return attend(queries: views.queries, problem, context)
  }

  /// Computes attention of the queries over the first `problem.keyLength` cached tokens.
  final func attend(
    queries: HeadView, _ problem: AttentionProblem, _ context: LayerContext
  ) -> Variable {
    let (layer, backend) = (context.layer, context.tape.backend)
    let width = problem.headCount * problem.headDim
    let output = backend.empty([problem.batchCount, problem.queryLength, width], .workspace)
    let logSumExp = backend.empty(
      [problem.batchCount, problem.headCount, problem.queryLength], .workspace)
    backend.attention(
      AttentionOperands(
        queries: queries, keys: HeadView(headMajor: keys[layer]),
        values: HeadView(headMajor: values[layer]),
        output: HeadView(packed: output, headDim: problem.headDim), logSumExp: logSumExp), problem)
    return Variable(output)
  }

  func advance(by count: Int) { length += count }
}
