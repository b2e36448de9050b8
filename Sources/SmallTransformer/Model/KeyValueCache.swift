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
  public convenience init(
    for configuration: TransformerConfiguration, batch: Int = 1, capacity: Int,
    on backend: any Backend
  ) {
    self.init(
      for: configuration, batch: batch, capacity: capacity,
      layerCapacities: [Int](repeating: capacity, count: configuration.layerCount), on: backend)
  }

  /// An empty cache whose layers have room for different numbers of tokens.
  init(
    for configuration: TransformerConfiguration, batch: Int, capacity: Int, layerCapacities: [Int],
    on backend: any Backend
  ) {
    precondition(
      capacity > 0 && batch > 0,
      "cache: capacity \(capacity), batch \(batch); both must be positive")
    self.capacity = capacity
    func tensors() -> [Tensor] {
      layerCapacities.map { tokens in
        backend.empty(
          [batch, configuration.kvHeadCount, tokens, configuration.headDim], .keyValueCache)
      }
    }
    keys = tensors()
    values = tensors()
  }

  /// The bytes of all keys and values.
  public var byteCount: Int { 4 * (keys + values).reduce(0) { $0 + $1.count } }

  /// Appends the new tokens' keys and values to the layer's, and computes attention over all of
  /// them, with the layer's learned sinks if it has any.
  ///
  /// Shapes: packed `[batch, new tokens, (heads + 2·kvHeads) · headDim]`, result
  /// `[batch, new tokens, heads · headDim]`.
  ///
  /// - Precondition: the tokens fit, and the tape does not record.
  func attend(
    _ packed: Variable, _ problem: AttentionProblem, _ context: LayerContext, sinks: Tensor?
  ) -> Variable {
    append(packed, problem, context)
    return attend(
      queries: PackedHeads(packed.value, problem).queries, problem, context, sinks: sinks)
  }

  /// Appends the new tokens' keys and values to the layer's. Shapes and precondition as `attend`.
  func append(_ packed: Variable, _ problem: AttentionProblem, _ context: LayerContext) {
    let (layer, backend) = (context.layer, context.tape.backend)
    checkPass(packed, problem)
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
  }

  /// - Precondition: the tokens fit, and the tape does not record.
  final func checkPass(_ packed: Variable, _ problem: AttentionProblem) {
    precondition(
      length + problem.queryLength <= capacity,
      "cache: \(length) + \(problem.queryLength) tokens, but a capacity of \(capacity)")
    precondition(
      !packed.needsGradient,
      "cache: cached keys have no gradient; use a tape with isRecording: false")
  }

  /// Computes attention of the queries over the first `problem.keyLength` cached tokens.
  final func attend(
    queries: HeadView, _ problem: AttentionProblem, _ context: LayerContext, sinks: Tensor?
  ) -> Variable {
    attend(
      queries: queries, keys: HeadView(headMajor: keys[context.layer]),
      values: HeadView(headMajor: values[context.layer]), problem, context, sinks: sinks)
  }

  /// Computes attention of the queries over the first `problem.keyLength` of some tokens.
  final func attend(
    queries: HeadView, keys: HeadView, values: HeadView, _ problem: AttentionProblem,
    _ context: LayerContext, sinks: Tensor?
  ) -> Variable {
    let backend = context.tape.backend
    let width = problem.headCount * problem.headDim
    let output = backend.empty([problem.batchCount, problem.queryLength, width], .workspace)
    let logSumExp = backend.empty(
      [problem.batchCount, problem.headCount, problem.queryLength], .workspace)
    backend.attention(
      AttentionOperands(
        queries: queries, keys: keys, values: values,
        output: HeadView(packed: output, headDim: problem.headDim), logSumExp: logSumExp), problem)
    if let sinks { backend.addSinks(sinks, to: output, logSumExp, problem) }
    return Variable(output)
  }

  func advance(by count: Int) { length += count }

  /// Makes the cache as full as after `count` tokens, with one number in every place. The time of
  /// the next token does not depend on the numbers, so it can be measured without a text.
  ///
  /// - Precondition: the cache is empty, and the tokens fit.
  public func fill(tokens count: Int, on backend: any Backend) {
    precondition(
      length == 0 && count <= capacity,
      "cache: fill with \(count) tokens; it has \(length), and a capacity of \(capacity)")
    for tensor in keys + values {
      backend.write([Float](repeating: 0.1, count: tensor.count), to: tensor)
    }
    length = count
  }
}
