import Calculator
import LessonKit
import SmallTransformer

/// The models whose bytes are predicted and measured, at each scale.
struct Experiment {
  let scale: Scale

  /// A model to train.
  struct TrainingCase {
    let name: String
    let configuration: TransformerConfiguration
    let batch: Int
    let length: Int
    let policy: ActivationPolicy

    /// Two steps, because the first also allocates the gradients.
    var schedule: TrainingSchedule {
      TrainingSchedule(batchCount: batch, length: length, stepCount: 2, peakLearningRate: 1e-3)
    }
  }

  /// A model that prefills a prompt into a KV cache and then decodes.
  struct DecodingCase {
    let name: String
    let configuration: TransformerConfiguration
    let prompt: Int
    let capacity: Int
  }

  private var width: Int { scale.pick(smoke: 32, standard: 128, full: 256) }
  private var length: Int { scale.pick(smoke: 64, standard: 512, full: 2048) }
  private var layers: Int { scale.pick(smoke: 3, standard: 4, full: 6) }

  private func gpt(_ change: (inout TransformerConfiguration) -> Void = { _ in })
    -> TransformerConfiguration
  {
    var configuration = TransformerConfiguration.gpt(
      modelDim: width, layerCount: layers, headCount: 4)
    change(&configuration)
    return configuration
  }

  private func llama(kvHeads: Int = 4) -> TransformerConfiguration {
    .llama(modelDim: width, layerCount: layers, headCount: 4, kvHeadCount: kvHeads)
  }

  var training: [TrainingCase] {
    let naive = gpt { $0.attention = .naive }
    let dropped = gpt {
      $0.attention = .naive
      $0.dropout = 0.1
    }
    return [
      .init(name: "GPT, tiled", configuration: gpt(), batch: 2, length: length, policy: .keepAll),
      .init(
        name: "GPT, twice as long", configuration: gpt(), batch: 1, length: 2 * length,
        policy: .keepAll),
      .init(
        name: "GPT, matrix stored", configuration: naive, batch: 2, length: length,
        policy: .keepAll),
      .init(
        name: "GPT, matrix and dropout", configuration: dropped, batch: 2, length: length,
        policy: .keepAll),
      .init(
        name: "the same, selective", configuration: dropped, batch: 2, length: length,
        policy: .selective),
      .init(name: "GPT, full", configuration: gpt(), batch: 2, length: length, policy: .full),
      .init(
        name: "GPT, every 2 layers", configuration: gpt(), batch: 2, length: length,
        policy: .everyKth(2)),
      .init(
        name: "LLaMA, tiled", configuration: llama(), batch: 2, length: length, policy: .keepAll),
      .init(
        name: "LLaMA, 2 key/value heads", configuration: llama(kvHeads: 2), batch: 3,
        length: length / 2 + 3, policy: .keepAll),
      .init(
        name: "LLaMA, 1 head, full", configuration: llama(kvHeads: 1), batch: 1,
        length: 2 * length, policy: .full),
    ]
  }

  var decoding: [DecodingCase] {
    [4, 2, 1].flatMap { kvHeads in
      [length, 4 * length].map { prompt in
        DecodingCase(
          name: "LLaMA, \(kvHeads) key/value heads, \(prompt) tokens",
          configuration: llama(kvHeads: kvHeads), prompt: prompt, capacity: prompt + 16)
      }
    }
  }
}

extension ActivationPolicy {
  /// The same policy in the calculator; nil for one that the calculator does not know.
  var recomputation: Recomputation? {
    switch self {
    case .keepAll: .nothing
    case .selective: .selective
    case .full: .full
    case .everyKth(let k): .everyKth(k)
    case .squareRoot, .revolve: nil
    }
  }
}
