import Autograd
import TensorCore

/// A KV cache of fixed size for a text of any length: the first few tokens ("sinks") and the last
/// ones (Xiao et al., 2024, section 3.2).
///
/// A position is an index in the cache, not in the text. For a query, the newest token is always at
/// distance 0 and the first sink at the far end of the cache, so no distance exceeds the capacity.
/// The window's keys keep their rotation; the sinks' keys are rotated again for each token. It
/// takes one token per forward pass.
public final class StreamingCache: KeyValueCache {
  /// The number of sinks, the first tokens of the text.
  public let sinkCount: Int
  /// The number of last tokens in the cache, the newest included.
  public let windowLength: Int
  /// For each layer the sinks' keys before rotation, `[batch, sinks, kvHeads·headDim]`.
  private let unrotatedSinks: [Tensor]

  /// - Precondition: the window is positive, the count of sinks not negative; the position scheme
  ///   adds nothing to scores and learns no vectors.
  public init(
    for configuration: TransformerConfiguration, batch: Int = 1, sinks: Int, window: Int,
    on backend: any Backend
  ) {
    precondition(
      sinks >= 0 && window > 0,
      "streaming cache: \(sinks) sinks, window \(window); need sinks ≥ 0 and window ≥ 1")
    precondition(
      configuration.positions.scoreSlopes(headCount: configuration.headCount) == nil
        && configuration.positions.learnedPositionCount == nil,
      """
      streaming cache: \(configuration.positions.name) positions do not fit; use rotary positions, \
      sinusoidal ones or none
      """)
    sinkCount = sinks
    windowLength = window
    let width = configuration.kvHeadCount * configuration.headDim
    unrotatedSinks =
      sinks == 0
      ? []
      : (0..<configuration.layerCount).map { _ in
        backend.empty([batch, sinks, width], .keyValueCache)
      }
    super.init(
      for: configuration, batch: batch, capacity: sinks + window,
      layerCapacities: [Int](repeating: sinks + window, count: configuration.layerCount),
      on: backend)
  }

  override func attend(
    _ packed: Variable, _ problem: AttentionProblem, _ context: LayerContext, sinks: Tensor?
  ) -> Variable {
    append(packed, problem, context)
    var cached = problem
    cached.keyLength = min(length + 1, capacity)
    (cached.window, cached.blocks) = (nil, nil)
    return attend(
      queries: PackedHeads(packed.value, problem).queries, cached, context, sinks: sinks)
  }

  override func append(
    _ packed: Variable, _ problem: AttentionProblem, _ context: LayerContext
  ) {
    let (layer, backend) = (context.layer, context.tape.backend)
    precondition(
      problem.queryLength == 1,
      "streaming cache: \(problem.queryLength) tokens in one pass; it takes one token per pass")
    precondition(
      !packed.needsGradient,
      "cache: cached keys have no gradient; use a tape with isRecording: false")
    let views = PackedHeads(packed.value, problem)
    store(views.keys, in: keys[layer], slot, problem, backend)
    store(views.values, in: values[layer], slot, problem, backend)
    if length < sinkCount { keepUnrotated(views.keys, problem, context) }
    if length >= capacity { rotateSinks(problem, context) }
  }

  /// The slot of the next token: the next free one, or that of the window's oldest token.
  private var slot: Int {
    length < capacity ? length : sinkCount + (length - sinkCount) % windowLength
  }

  private func store(
    _ source: HeadView, in target: Tensor, _ slot: Int, _ problem: AttentionProblem,
    _ backend: any Backend
  ) {
    backend.copyHeads(
      source, into: HeadView(headMajor: target), at: slot, problem.batchCount, 1,
      problem.kvHeadCount, problem.headDim)
  }

  /// Stores the key of a new sink, with its rotation undone.
  private func keepUnrotated(
    _ source: HeadView, _ problem: AttentionProblem, _ context: LayerContext
  ) {
    let (layer, backend) = (context.layer, context.tape.backend)
    let width = problem.kvHeadCount * problem.headDim
    let key = backend.empty([problem.batchCount, 1, width], .workspace)
    backend.copyHeads(
      source, into: HeadView(packed: key, headDim: problem.headDim), at: 0, problem.batchCount, 1,
      problem.kvHeadCount, problem.headDim)
    if let rotation = context.rotation {
      rotate(key, by: rotation, position: length, problem, inverse: true, backend)
    }
    backend.copyHeads(
      HeadView(packed: key, headDim: problem.headDim),
      into: HeadView(packed: unrotatedSinks[layer], headDim: problem.headDim), at: length,
      problem.batchCount, 1, problem.kvHeadCount, problem.headDim)
  }

  /// Rotates the sinks to the positions just before the window's oldest token, relative to the
  /// newest token.
  private func rotateSinks(_ problem: AttentionProblem, _ context: LayerContext) {
    guard sinkCount > 0, let rotation = context.rotation else { return }
    let (layer, backend) = (context.layer, context.tape.backend)
    let rotated = backend.copy(unrotatedSinks[layer], .workspace)
    rotate(
      rotated, by: rotation, position: length + 1 - capacity, problem, inverse: false, backend)
    backend.copyHeads(
      HeadView(packed: rotated, headDim: problem.headDim),
      into: HeadView(headMajor: keys[layer]), at: 0, problem.batchCount, sinkCount,
      problem.kvHeadCount, problem.headDim)
  }

  private func rotate(
    _ keys: Tensor, by rotation: RotationTable, position: Int, _ problem: AttentionProblem,
    inverse: Bool, _ backend: any Backend
  ) {
    backend.rotate(
      keys, into: keys, cosines: rotation.cosines, sines: rotation.sines, firstPosition: position,
      firstHead: 0, headCount: problem.kvHeadCount, headDim: problem.headDim,
      pairing: rotation.pairing, inverse: inverse)
  }
}
