import Autograd
import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// What a way to a long text costs: FLOPs once per text, FLOPs per question, and bytes that are
/// kept between the questions.
struct Cost: Codable {
  var once = 0.0
  var perQuestion = 0.0
  var bytes = 0.0
}

/// FLOPs of a model by the engine's counter. A multiply-add is 2 FLOPs.
struct CountedModel {
  private let counting: CountingBackend
  private let model: Transformer
  let configuration: TransformerConfiguration

  init(_ configuration: TransformerConfiguration, on backend: any Backend) {
    counting = CountingBackend(backend)
    model = Transformer(configuration, on: counting, seed: 1)
    self.configuration = configuration
  }

  /// Reads `tokens` tokens into a cache: FLOPs, and the bytes of the cache.
  func reading(_ tokens: Int) -> (flops: Double, bytes: Double) {
    let cache = KeyValueCache(for: configuration, capacity: tokens, on: counting)
    return (read(tokens, into: cache), Double(2 * 4 * tokens) * width)
  }

  /// FLOPs of one token after `tokens` others, which are in a cache.
  func answering(after tokens: Int) -> Double {
    let cache = KeyValueCache(for: configuration, capacity: tokens + 1, on: counting)
    if tokens > 0 { _ = read(tokens, into: cache) }
    return read(1, into: cache)
  }

  private func read(_ tokens: Int, into cache: KeyValueCache) -> Double {
    counting.flops.scope {
      let tape = Tape(counting, isRecording: false)
      _ = model.logits([Int32](repeating: 0, count: tokens), batch: 1, tape: tape, cache: cache)
    }.counts.multiplyAddFlops
  }

  /// FLOPs of a training step on sequences of one token.
  func trainingStep(_ count: Int) -> Double {
    let trainer = Trainer(
      model, TrainingSchedule(batchCount: count, length: 1, stepCount: 2, peakLearningRate: 1e-3))
    let tokens = [Int32](repeating: 0, count: count)
    return counting.flops.scope {
      trainer.takeStep(inputs: tokens, targets: tokens)
    }.counts.multiplyAddFlops
  }

  var weightBytes: Double { Double(4 * model.parameters.count) }
  /// Numbers per layer and token, times layers.
  private var width: Double { Double(configuration.layerCount * configuration.modelDim) }
}

/// FLOPs of reading n tokens by formula: 2 for each weight of a product and token, and 4d for each
/// layer and pair of tokens.
func readingFlops(_ tokens: Int, _ configuration: TransformerConfiguration) -> Double {
  let (n, d) = (Double(tokens), Double(configuration.modelDim))
  let layers = Double(configuration.layerCount)
  let weights =
    12 * d * d * layers + d * Double(configuration.classCount ?? configuration.vocabularyCount)
  return 2 * weights * n + 4 * d * layers * n * (n + 1) / 2
}
