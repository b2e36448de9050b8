import Autograd
import TensorCore

/// A KV cache for each kind of layer: a ring for a layer with a window, and room for every token for
/// a layer that sees all of them (Gemma Team, 2024, section 2; a ring is also called a rolling cache:
/// Jiang et al., 2023, section 2).
///
/// In a ring of R tokens, token i is in slot i mod R and replaces token i − R, which no later query
/// sees. Attention gives the same result as with a cache of all tokens. A pass can have any number of
/// tokens: the whole prompt, a chunk of it, or one.
///
/// Bytes: `2 · batch · kvHeads · headDim · 4` for each token of each layer's ring, R = min(window,
/// capacity), or of the capacity.
public final class HybridCache: KeyValueCache {
  /// Of each layer the tokens of its ring; nil for a layer that keeps every token.
  private let rings: [Int?]

  /// An empty cache for `batch` sequences of up to `capacity` tokens.
  /// - Precondition: both are positive.
  public init(
    for configuration: TransformerConfiguration, batch: Int = 1, capacity: Int,
    on backend: any Backend
  ) {
    let rings = (0..<configuration.layerCount).map { layer -> Int? in
      let pattern = configuration.pattern.layer(layer).pattern
      // A block list names keys by their place in the text, which a ring does not keep.
      guard let window = pattern.window, window < capacity, pattern.blocks(length: capacity) == nil
      else { return nil }
      return window
    }
    self.rings = rings
    super.init(
      for: configuration, batch: batch, capacity: capacity,
      layerCapacities: rings.map { $0 ?? capacity }, on: backend)
  }

  override func attend(
    _ packed: Variable, _ problem: AttentionProblem, _ context: LayerContext, sinks: Tensor?
  ) -> Variable {
    guard let ring = rings[context.layer] else {
      return super.attend(packed, problem, context, sinks: sinks)
    }
    let views = PackedHeads(packed.value, problem)
    // Slopes and masks need the keys in order. The softmax over all keys of one query does not.
    guard problem.queryLength == 1, problem.slopes == nil else {
      let mixed = attendInOrder(views, problem, context, ring, sinks: sinks)
      append(packed, problem, context)
      return mixed
    }
    append(packed, problem, context)
    var visible = problem
    visible.keyLength = min(length + 1, ring)
    visible.window = nil
    return attend(queries: views.queries, visible, context, sinks: sinks)
  }

  /// Attention of several tokens: over the ring's tokens that they can see, in order, and themselves.
  private func attendInOrder(
    _ views: PackedHeads, _ problem: AttentionProblem, _ context: LayerContext, _ ring: Int,
    sinks: Tensor?
  ) -> Variable {
    let earlier = min(length, ring - 1)
    var visible = problem
    visible.keyLength = earlier + problem.queryLength
    guard earlier > 0 else {
      return attend(
        queries: views.queries, keys: views.keys, values: views.values, visible, context,
        sinks: sinks)
    }
    let backend = context.tape.backend
    let shape: Shape = [
      problem.batchCount, problem.kvHeadCount, visible.keyLength, problem.headDim,
    ]
    func inOrder(_ cached: Tensor, _ new: HeadView) -> HeadView {
      let target = HeadView(headMajor: backend.empty(shape, .workspace))
      let source = HeadView(headMajor: cached)
      for part in ringParts(length - earlier..<length, ring) {
        copy(
          source.advanced(by: part.slot), into: target, at: part.first, part.count, problem,
          backend)
      }
      copy(new, into: target, at: earlier, problem.queryLength, problem, backend)
      return target
    }
    return attend(
      queries: views.queries, keys: inOrder(keys[context.layer], views.keys),
      values: inOrder(values[context.layer], views.values), visible, context, sinks: sinks)
  }

  /// Puts the last tokens of a pass into the layer's ring.
  override func append(
    _ packed: Variable, _ problem: AttentionProblem, _ context: LayerContext
  ) {
    guard let ring = rings[context.layer] else { return super.append(packed, problem, context) }
    checkPass(packed, problem)
    let views = PackedHeads(packed.value, problem)
    let end = length + problem.queryLength
    let kept = max(length, end - ring)..<end
    for part in ringParts(kept, ring) {
      for (source, target) in [
        (views.keys, keys[context.layer]), (views.values, values[context.layer]),
      ] {
        copy(
          source.advanced(by: kept.lowerBound - length + part.first),
          into: HeadView(headMajor: target), at: part.slot, part.count, problem,
          context.tape.backend)
      }
    }
  }

  /// The places of some tokens in a ring: at most two parts without a gap. `first` counts from the
  /// first of the tokens.
  private func ringParts(
    _ tokens: Range<Int>, _ ring: Int
  ) -> [(first: Int, slot: Int, count: Int)] {
    let slot = tokens.lowerBound % ring
    let untilEnd = min(tokens.count, ring - slot)
    let parts = [(0, slot, untilEnd), (untilEnd, 0, tokens.count - untilEnd)]
    return parts.filter { $0.2 > 0 }
  }

  private func copy(
    _ source: HeadView, into target: HeadView, at position: Int, _ count: Int,
    _ problem: AttentionProblem, _ backend: any Backend
  ) {
    backend.copyHeads(
      source, into: target, at: position, problem.batchCount, count, problem.kvHeadCount,
      problem.headDim)
  }
}
