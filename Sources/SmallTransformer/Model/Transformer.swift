import Autograd
import TensorCore

/// A decoder-only transformer: embedding, pre-norm blocks, final norm, output projection.
///
/// Weights do not depend on the length: one model runs on any number of tokens, unless its position
/// scheme has vectors for only some of them.
public final class Transformer {
  public let configuration: TransformerConfiguration
  public let backend: any Backend
  /// All weights by name.
  public let parameters: ParameterSet
  /// Computes tiled attention in place of the backend's kernels, in passes without a cache; nil uses
  /// the kernels. With it, the tokens of a pass may be a part of a sequence whose other tokens are
  /// on other machines.
  public var attentionFunction: (any AttentionFunction)?

  private let embedding: Variable
  private let blocks: [any ModelBlock]
  private let finalNorm: Norm
  private let head: Parameter?
  private let tables: SchemeTables

  /// Creates a model with initial weights, which are the same for the same seed on every machine.
  public convenience init(
    _ configuration: TransformerConfiguration, on backend: any Backend, seed: UInt64
  ) {
    self.init(configuration, on: backend, parameters: ParameterSet(on: backend, seed: seed))
  }

  /// Creates a model with given weights, without initial ones.
  ///
  /// - Parameters:
  ///   - configuration: the model.
  ///   - backend: the device.
  ///   - fill: Writes all values of a weight, row-major, by its name and shape. It is called once for
  ///     each.
  /// - Throws: what `fill` throws.
  public convenience init(
    _ configuration: TransformerConfiguration, on backend: any Backend,
    weights fill: (
      _ name: String, _ shape: Shape, _ values: UnsafeMutableBufferPointer<Float>
    ) throws -> Void
  ) rethrows {
    self.init(configuration, on: backend, parameters: ParameterSet(on: backend, seed: nil))
    for parameter in parameters.all {
      try backend.writeElements(of: parameter.value) {
        try fill(parameter.name, parameter.shape, $0)
      }
    }
  }

  private init(
    _ configuration: TransformerConfiguration, on backend: any Backend, parameters: ParameterSet
  ) {
    configuration.requireValid()
    self.configuration = configuration
    self.backend = backend
    self.parameters = parameters
    let width = configuration.modelDim
    embedding = Self.embedding(configuration, backend, in: parameters)
    tables = SchemeTables(configuration, on: backend, in: parameters)
    blocks = (0..<configuration.layerCount).map { layer in
      configuration.blocks.block(
        "blocks.\(layer)", layer: layer, configuration, in: parameters)
    }
    finalNorm = Norm("finalNorm", configuration, in: parameters)
    head =
      configuration.tiesEmbedding
      ? nil
      : parameters.normal(
        "head.weight", [width, configuration.classCount ?? configuration.vocabularyCount],
        std: initStd)
  }

  /// The table of token vectors, `[vocabulary, modelDim]`: trained weights, or given values.
  private static func embedding(
    _ configuration: TransformerConfiguration, _ backend: any Backend, in parameters: ParameterSet
  ) -> Variable {
    let shape: Shape = [configuration.vocabularyCount, configuration.modelDim]
    guard let fixed = configuration.fixedEmbedding else {
      return parameters.normal("embedding", shape, std: configuration.embeddingInitStd)
    }
    let values = (0..<configuration.vocabularyCount).flatMap { fixed.vector($0) }
    return Variable(backend.tensor(values, shape, .parameters))
  }

  /// The logits of each next token, `[batch, seq, vocabulary]`.
  ///
  /// There are `batch × seq` tokens, row-major. With a cache, they continue the cached tokens and
  /// are appended to them.
  ///
  /// - Complexity: per token 2 FLOPs per weight, and 4 · modelDim FLOPs per layer and visible key.
  public func logits(
    _ tokens: [Int32], batch: Int, tape: Tape, cache: KeyValueCache? = nil
  ) -> Variable {
    logits(tokens, batch: batch, tape: tape, cache: cache, observer: nil)
  }

  /// The logits of the token after each sequence only, `[batch, 1, vocabulary]`. A prefill needs no
  /// others, and with a large vocabulary they would take more memory than the cache.
  ///
  /// - Complexity: as `logits`, without the output projection of all tokens but the last.
  public func nextLogits(
    _ tokens: [Int32], batch: Int, tape: Tape, cache: KeyValueCache? = nil
  ) -> Variable {
    let x = normalized(tokens, batch: batch, tape: tape, cache: cache)
    let length = x.shape[1]
    let last = tape.gatherRows(x, (1...batch).map { Int32($0 * length - 1) })
    return projected(tape.reshaped(last, [batch, 1, configuration.modelDim]), tape)
  }

  /// The mean cross entropy in nats per token, `[1]`. Shapes: tokens and targets `[batch, seq]`,
  /// row-major; a target is the next token.
  ///
  /// `training` turns on dropout, an activation policy and a loss in chunks.
  public func loss(
    _ tokens: [Int32], targets: [Int32], batch: Int, tape: Tape, training: TrainingPass? = nil
  ) -> Variable {
    if let chunk = training?.lossChunk {
      let x = normalized(tokens, batch: batch, tape: tape, training: training)
      return tape.chunkedCrossEntropy(
        x, head ?? embedding, weightTransposed: head == nil, targets: targets, chunk: chunk)
    }
    let logits = logits(
      tokens, batch: batch, tape: tape, cache: nil, observer: nil, training: training)
    return tape.crossEntropy(logits, targets: targets)
  }

  func logits(
    _ tokens: [Int32], batch: Int, tape: Tape, cache: KeyValueCache?,
    observer: ForwardPass.Observer?, training: TrainingPass? = nil
  ) -> Variable {
    projected(
      normalized(
        tokens, batch: batch, tape: tape, cache: cache, observer: observer, training: training),
      tape)
  }

  /// The output projection. Shapes: x `[batch, seq, modelDim]`, result `[batch, seq, classes]`.
  private func projected(_ x: Variable, _ tape: Tape) -> Variable {
    guard let head else { return tape.linear(x, embedding, weightTransposed: true) }
    return tape.linear(x, head)
  }

  /// The result of the final norm, which the output projection reads: `[batch, seq, modelDim]`.
  private func normalized(
    _ tokens: [Int32], batch: Int, tape: Tape, cache: KeyValueCache? = nil,
    observer: ForwardPass.Observer? = nil, training: TrainingPass? = nil
  ) -> Variable {
    let pass = pass(
      tokens.count / max(1, batch), batch: batch, tape: tape, cache: cache, observer: observer,
      training: training)
    let schedule = (training?.policy ?? .keepAll).schedule(layerCount: blocks.count)
    let x = run(schedule, embedded(tokens, pass), pass)  // [batch, seq, modelDim]
    cache?.advance(by: pass.length)
    return finalNorm(x, tape)
  }

  /// Reads tokens into a cache without computing logits. The last layer computes only its keys and
  /// values, because nothing reads what it attends to.
  ///
  /// - Complexity: as `logits`, without the attention and the feed-forward of the last layer.
  /// - Precondition: the tokens fit into the cache.
  public func prefill(_ tokens: [Int32], batch: Int = 1, into cache: KeyValueCache) {
    guard !tokens.isEmpty else { return }
    let tape = Tape(backend, isRecording: false)
    let pass = pass(
      tokens.count / max(1, batch), batch: batch, tape: tape, cache: cache, observer: nil,
      training: nil)
    let last = blocks.count - 1
    let x = (0..<last).reduce(embedded(tokens, pass)) { x, layer in run(layer, x, pass) }
    blocks[last].fillCache(x, LayerContext(pass, layer: last))
    cache.advance(by: pass.length)
  }

  private func pass(
    _ length: Int, batch: Int, tape: Tape, cache: KeyValueCache?, observer: ForwardPass.Observer?,
    training: TrainingPass?
  ) -> ForwardPass {
    let first = cache?.length ?? 0
    return ForwardPass(
      tape: tape, configuration: configuration, batchCount: batch, length: length,
      firstPosition: first, rotation: tables.rotation(length: first + length),
      slopes: tables.slopes, blocks: tables.blocks(length: first + length), cache: cache,
      observer: observer, attentionFunction: attentionFunction, training: training)
  }

  /// Token vectors plus position vectors, with dropout: `[batch, seq, modelDim]`.
  private func embedded(_ tokens: [Int32], _ pass: ForwardPass) -> Variable {
    let positions = pass.firstPosition..<pass.firstPosition + pass.length
    let x = pass.tape.embed(
      tokens, batch: pass.batchCount, table: embedding,
      positions: tables.addedVectors(at: positions))
    return pass.dropoutMask(site: DropoutSite.embedding).map { pass.tape.dropout(x, $0) } ?? x
  }

  /// Runs the layers piece by piece. The activations of some pieces are kept, others are recomputed
  /// in the backward pass.
  private func run(_ pieces: [LayerPiece], _ x: Variable, _ pass: ForwardPass) -> Variable {
    pieces.reduce(x) { x, piece in
      switch piece {
      case .keep(let layers):
        return layers.reduce(x) { x, layer in run(layer, x, pass) }
      case .recompute(let pieces):
        return pass.tape.recomputing { [self] tape in run(pieces, x, pass.recorded(on: tape)) }
      }
    }
  }

  private func run(_ layer: Int, _ x: Variable, _ pass: ForwardPass) -> Variable {
    pass.training?.layerComputed?(layer)
    return blocks[layer](x, LayerContext(pass, layer: layer))
  }
}

extension Transformer {
  /// A model with the same weights (shared, not copied) and another position scheme or pattern. A
  /// lesson trains with one and evaluates with another.
  ///
  /// - Precondition: the weights have the same names and shapes in both.
  public func sharingWeights(with other: TransformerConfiguration) -> Transformer {
    let shared = ParameterSet(sharing: parameters)
    return Transformer(other, on: backend, parameters: shared)
  }
}
