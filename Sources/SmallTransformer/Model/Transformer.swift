import Autograd
import TensorCore

/// A decoder-only transformer: embedding, pre-norm blocks, final norm, output projection.
///
/// Weights do not know the length: one model reads any number of tokens, as far as its position
/// scheme has something to say about them.
public final class Transformer {
  public let configuration: TransformerConfiguration
  public let backend: any Backend
  public let parameters: ParameterSet

  private let embedding: Variable
  private let learnedPositions: Parameter?
  private let blocks: [any ModelBlock]
  private let finalNorm: Norm
  private let head: Parameter?
  private let positionTables: PositionTables
  /// One for each layer.
  private let patternTables: [PatternTable]

  /// Fresh weights, the same for the same seed on every machine.
  public convenience init(
    _ configuration: TransformerConfiguration, on backend: any Backend, seed: UInt64
  ) {
    self.init(configuration, on: backend, parameters: ParameterSet(on: backend, seed: seed))
  }

  private init(
    _ configuration: TransformerConfiguration, on backend: any Backend, parameters: ParameterSet
  ) {
    configuration.requireValid()
    self.configuration = configuration
    self.backend = backend
    self.parameters = parameters
    positionTables = PositionTables(configuration, backend)
    patternTables = PatternTable.ofLayers(configuration)
    let width = configuration.modelDim
    embedding = Self.embedding(configuration, backend, in: parameters)
    learnedPositions = configuration.positions.learnedPositionCount.map {
      parameters.normal("positions", [$0, width], std: initStd)
    }
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

  /// The table of token vectors: weights, or given numbers.
  private static func embedding(
    _ configuration: TransformerConfiguration, _ backend: any Backend, in parameters: ParameterSet
  ) -> Variable {
    let shape: Shape = [configuration.vocabularyCount, configuration.modelDim]
    guard let fixed = configuration.fixedEmbedding else {
      return parameters.normal("embedding", shape, std: configuration.embeddingInitStd)
    }
    let numbers = (0..<configuration.vocabularyCount).flatMap { fixed.vector($0) }
    return Variable(backend.tensor(numbers, shape, .parameters))
  }

  /// Logits `[batch, seq, vocabulary]` of each next token.
  ///
  /// There are `batch × seq` tokens, row-major. A cache holds keys and values of tokens already
  /// read; these tokens follow and are added to it.
  /// - Complexity: per token 2 operations a weight, and 4 · modelDim a layer for each key it sees.
  public func logits(
    _ tokens: [Int32], batch: Int, tape: Tape, cache: KeyValueCache? = nil
  ) -> Variable {
    logits(tokens, batch: batch, tape: tape, cache: cache, observer: nil)
  }

  /// The mean cross entropy in nats of `targets`, one a token.
  ///
  /// With `training` it is a training pass, with dropout and a policy for activations.
  public func loss(
    _ tokens: [Int32], targets: [Int32], batch: Int, tape: Tape, training: TrainingPass? = nil
  ) -> Variable {
    let logits = logits(
      tokens, batch: batch, tape: tape, cache: nil, observer: nil, training: training)
    return tape.crossEntropy(logits, targets: targets)
  }

  func logits(
    _ tokens: [Int32], batch: Int, tape: Tape, cache: KeyValueCache?,
    observer: ForwardPass.Observer?, training: TrainingPass? = nil
  ) -> Variable {
    let length = tokens.count / max(1, batch)
    let first = cache?.length ?? 0
    let pass = ForwardPass(
      tape: tape, configuration: configuration, batchCount: batch, length: length,
      firstPosition: first, rotation: positionTables.rotation(length: first + length),
      blocks: patternTables.map { $0.blocks(length: first + length) }, cache: cache,
      observer: observer,
      training: training)
    let schedule = (training?.policy ?? .keepAll).schedule(layerCount: blocks.count)
    let hidden = run(schedule, embedded(tokens, pass), pass)
    cache?.advance(by: length)
    let normal = finalNorm(hidden, tape)
    guard let head else { return tape.linear(normal, embedding, weightTransposed: true) }
    return tape.linear(normal, head)
  }

  private func embedded(_ tokens: [Int32], _ pass: ForwardPass) -> Variable {
    let x = pass.tape.embed(
      tokens, batch: pass.batchCount, table: embedding,
      positions: addedPositions(pass.firstPosition, pass.length))
    return pass.mask(.embedding).map { pass.tape.dropout(x, $0) } ?? x
  }

  /// Runs layers piece by piece: some are kept, some are computed again in the backward pass.
  private func run(_ pieces: [LayerPiece], _ x: Variable, _ pass: ForwardPass) -> Variable {
    pieces.reduce(x) { x, piece in
      switch piece {
      case .keep(let layers):
        return layers.reduce(x) { x, layer in run(layer, x, pass) }
      case .recompute(let pieces):
        return pass.tape.recomputing { [self] tape in run(pieces, x, pass.on(tape)) }
      }
    }
  }

  private func run(_ layer: Int, _ x: Variable, _ pass: ForwardPass) -> Variable {
    pass.training?.layerComputed?(layer)
    return blocks[layer](x, pass, layer: layer)
  }

  /// The vectors added to the embedding for these positions, if the scheme adds any.
  private func addedPositions(_ first: Int, _ length: Int) -> Variable? {
    if let learnedPositions {
      precondition(
        first + length <= learnedPositions.shape[0],
        "learned positions: \(first + length) tokens, \(learnedPositions.shape[0]) vectors")
      // From 0 on the parameter itself, so that it gets its gradient; a cache is never trained.
      return first == 0
        ? learnedPositions : Variable(learnedPositions.value.slice(first..<first + length))
    }
    return positionTables.added(length: first + length).map {
      Variable($0.slice(first..<first + length))
    }
  }
}

extension Transformer {
  /// A model with the same weights (shared, not copied) and another position scheme or pattern:
  /// how a lesson reads with one what was trained with another.
  ///
  /// - Precondition: the weights have the same names and shapes in both.
  public func sharingWeights(with other: TransformerConfiguration) -> Transformer {
    let shared = ParameterSet(sharing: parameters)
    return Transformer(other, on: backend, parameters: shared)
  }
}
