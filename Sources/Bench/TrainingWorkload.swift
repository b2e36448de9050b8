import SmallTransformer
import TensorCore

/// One training step of a GPT-shaped model on bytes: forward, backward, clipping, AdamW.
///
/// Positions are learned, as in the peer's model, so that both have the same parameters.
public struct TrainingWorkload: Workload {
  public var batchCount: Int
  public var length: Int
  public var modelDim: Int
  public var headCount: Int
  public var layerCount: Int
  private let vocabularyCount = 256

  public init(batchCount: Int, length: Int, modelDim: Int, headCount: Int, layerCount: Int) {
    self.batchCount = batchCount
    self.length = length
    self.modelDim = modelDim
    self.headCount = headCount
    self.layerCount = layerCount
  }

  public var configuration: TransformerConfiguration {
    .gpt(
      vocabularyCount: vocabularyCount, modelDim: modelDim, layerCount: layerCount,
      headCount: headCount, positions: Learned(positionCount: length))
  }

  /// 6 FLOPs per token and weight of a matrix product (12 · modelDim² weights per layer, and the
  /// output head), plus attention forward and backward. Embedding lookups cost no FLOPs.
  public var flops: Double {
    let weights = 12 * layerCount * modelDim * modelDim + vocabularyCount * modelDim
    let attention = AttentionWorkload(
      AttentionProblem(
        batchCount: batchCount, queryLength: length, keyLength: length, headCount: headCount,
        headDim: modelDim / headCount), hasBackward: true)
    return 6 * Double(weights) * Double(batchCount * length)
      + Double(layerCount) * attention.flops
  }

  public var peerRequest: [String: Int]? {
    [
      "training": 1, "batch": batchCount, "length": length, "modelDim": modelDim,
      "heads": headCount, "layers": layerCount, "vocabulary": vocabularyCount,
    ]
  }

  public func prepare(on backend: any Backend) -> PreparedWork {
    let model = Transformer(configuration, on: backend, seed: 1)
    let schedule = TrainingSchedule(
      batchCount: batchCount, length: length, stepCount: 1_000_000, peakLearningRate: 1e-3)
    let trainer = Trainer(model, schedule)
    var generator = SeededGenerator(seed: 1, stream: "tokens")
    let tokens = (0..<batchCount * length + 1).map { _ in
      Int32(generator.integer(below: vocabularyCount))
    }
    let (inputs, targets) = (Array(tokens.dropLast()), Array(tokens.dropFirst()))
    return PreparedWork(parameterCount: model.parameters.count) {
      trainer.takeStep(inputs: inputs, targets: targets).loss
    }
  }
}
