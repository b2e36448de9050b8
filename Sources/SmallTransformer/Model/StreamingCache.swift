import Autograd
import TensorCore

/// A cache of fixed size for a text without end: the first few tokens and the last ones
/// (Xiao et al., 2024, section 3.2).
///
/// Positions are places in the cache, not in the text: to a query the newest token is always at
/// distance 0 and the first sink always at the cache's far end, so that no distance is larger than
/// the cache. The window's keys stand at their distance by themselves; the sinks' are turned anew
/// for each token. Tokens come one at a time.
public final class StreamingCache: KeyValueCache {
  public let sinkCount: Int
  public let windowLength: Int
  /// For each layer the sinks' keys as they were before any turning, `[batch, sinks, kvHeads·headDim]`.
  private let unrotatedSinks: [Tensor]

  /// - Precondition: the window is positive, the count of sinks not negative; the position scheme
  ///   adds nothing to scores and learns no vectors.
  public init(
    for configuration: TransformerConfiguration, batch: Int = 1, sinks: Int, window: Int,
    on backend: any Backend
  ) {
    precondition(sinks >= 0 && window > 0, "streaming cache: \(sinks) sinks, window \(window)")
    precondition(
      configuration.positions.scoreSlopes(headCount: configuration.headCount) == nil
        && configuration.positions.learnedPositionCount == nil,
      "streaming cache: made for rotary positions or none, not \(configuration.positions.name)")
    sinkCount = sinks
    windowLength = window
    let width = configuration.kvHeadCount * configuration.headDim
    unrotatedSinks =
      sinks == 0
      ? []
      : (0..<configuration.layerCount).map { _ in
        backend.empty([batch, sinks, width], .keyValueCache)
      }
    super.init(for: configuration, batch: batch, capacity: sinks + window, on: backend)
  }

  /// The cache of a sliding window: slot i mod W, and no more than W tokens, however long the text
  /// (Jiang et al., 2023, section 2). Reads the same as a cache of everything.
  ///
  /// - Throws: `RollingCacheError` where the pattern is no sliding window, or its window is longer
  ///   than the room there is.
  public static func rolling(
    for configuration: TransformerConfiguration, batch: Int = 1, room: Int, on backend: any Backend
  ) throws(RollingCacheError) -> StreamingCache {
    guard let window = configuration.pattern.window else {
      throw .noWindow(pattern: configuration.pattern.identity)
    }
    guard window <= room else { throw .tooSmall(window: window, room: room) }
    return StreamingCache(for: configuration, batch: batch, sinks: 0, window: window, on: backend)
  }

  override func attend(
    _ packed: Variable, _ problem: AttentionProblem, rotation: RotationTable?, layer: Int,
    on backend: any Backend
  ) -> Variable {
    precondition(problem.queryLength == 1, "streaming cache: \(problem.queryLength) tokens at once")
    precondition(!packed.needsGradient, "cache: no gradient flows through a cache")
    let views = PackedHeads(packed.value, problem)
    store(views.keys, in: keys[layer], slot, problem, backend)
    store(views.values, in: values[layer], slot, problem, backend)
    if length < sinkCount { keepUnrotated(views.keys, problem, rotation, layer, backend) }
    if length >= capacity { rotateSinks(problem, rotation, layer, backend) }

    var held = problem
    held.keyLength = min(length + 1, capacity)
    (held.window, held.blocks) = (nil, nil)
    return look(views.queries, held, layer: layer, on: backend)
  }

  /// Where the next token goes: behind the others, then over the oldest of the window.
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

  /// The key of a sink that has just come, turned back by its own position.
  private func keepUnrotated(
    _ source: HeadView, _ problem: AttentionProblem, _ rotation: RotationTable?, _ layer: Int,
    _ backend: any Backend
  ) {
    let width = problem.kvHeadCount * problem.headDim
    let key = backend.empty([problem.batchCount, 1, width], .workspace)
    backend.copyHeads(
      source, into: HeadView(packed: key, headDim: problem.headDim), at: 0, problem.batchCount, 1,
      problem.kvHeadCount, problem.headDim)
    turn(key, by: rotation, position: length, problem, inverse: true, backend)
    backend.copyHeads(
      HeadView(packed: key, headDim: problem.headDim),
      into: HeadView(packed: unrotatedSinks[layer], headDim: problem.headDim), at: length,
      problem.batchCount, 1, problem.kvHeadCount, problem.headDim)
  }

  /// Sets the sinks just before the window's oldest token, as seen from the newest.
  private func rotateSinks(
    _ problem: AttentionProblem, _ rotation: RotationTable?, _ layer: Int, _ backend: any Backend
  ) {
    guard sinkCount > 0, rotation != nil else { return }
    let turned = backend.copy(unrotatedSinks[layer], .workspace)
    turn(
      turned, by: rotation, position: length + 1 - capacity, problem, inverse: false, backend)
    backend.copyHeads(
      HeadView(packed: turned, headDim: problem.headDim),
      into: HeadView(headMajor: keys[layer]), at: 0, problem.batchCount, sinkCount,
      problem.kvHeadCount, problem.headDim)
  }

  private func turn(
    _ keys: Tensor, by rotation: RotationTable?, position: Int, _ problem: AttentionProblem,
    inverse: Bool, _ backend: any Backend
  ) {
    guard let rotation else { return }
    backend.rotate(
      keys, into: keys, cosines: rotation.cosines, sines: rotation.sines, firstPosition: position,
      firstHead: 0, headCount: problem.kvHeadCount, headDim: problem.headDim,
      pairing: rotation.pairing, inverse: inverse)
  }
}

/// A rolling cache that would read something else than the model.
public enum RollingCacheError: Error, Equatable, CustomStringConvertible {
  case noWindow(pattern: String)
  case tooSmall(window: Int, room: Int)

  public var description: String {
    switch self {
    case .noWindow(let pattern):
      "A rolling cache forgets what has left the window, and the pattern '\(pattern)' has none. "
        + "Use a sliding window, or a cache for all tokens."
    case .tooSmall(let window, let room):
      "A window of \(window) tokens does not fit a cache of \(room). Make room for \(window), or "
        + "read with a window of \(room)."
    }
  }
}
