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
    var policy = ActivationPolicy.keepAll
    /// Passes whose gradients are added up before a step.
    var accumulation = 1
    /// Tokens whose logits are computed at a time; nil for all.
    var lossChunk: Int?

    /// Two steps, because the first also allocates the gradients.
    var schedule: TrainingSchedule {
      TrainingSchedule(batchCount: batch, length: length, stepCount: 2, peakLearningRate: 1e-3)
    }
  }

  /// A model that reads a prompt into a KV cache and then decodes.
  struct DecodingCase {
    let name: String
    let configuration: TransformerConfiguration
    let prompt: Int
    var batch = 1
    /// Tokens of the prompt in one pass; nil for all.
    var chunk: Int?
    /// Whether layers with a window cache no more than the window; then a pass has one token.
    var rolls = false
    /// Without a cache there is one pass and no decoding.
    var hasCache = true
    /// Tokens decoded after the prompt.
    var newTokens = 3
    /// Room for the prompt and some new tokens.
    var capacity: Int { prompt + 16 }
  }

  private var width: Int { scale.pick(smoke: 32, standard: 128, full: 256) }
  private var length: Int { scale.pick(smoke: 64, standard: 512, full: 2048) }
  private var layers: Int { scale.pick(smoke: 3, standard: 4, full: 6) }

  private func gpt(
    words: Int = 256, _ change: (inout TransformerConfiguration) -> Void = { _ in }
  ) -> TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      vocabularyCount: words, modelDim: width, layerCount: layers, headCount: 4)
    change(&configuration)
    return configuration
  }

  private func llama(
    kvHeads: Int = 4, pattern: any AttentionPattern = Causal()
  ) -> TransformerConfiguration {
    var configuration = TransformerConfiguration.llama(
      modelDim: width, layerCount: layers, headCount: 4, kvHeadCount: kvHeads)
    configuration.pattern = pattern
    return configuration
  }

  var training: [TrainingCase] {
    let naive = gpt { $0.attention = .naive }
    let dropped = gpt {
      $0.attention = .naive
      $0.dropout = 0.1
    }
    return [
      .init(name: "GPT, tiled", configuration: gpt(), batch: 2, length: length),
      .init(name: "GPT, twice as long", configuration: gpt(), batch: 1, length: 2 * length),
      .init(name: "GPT, naive", configuration: naive, batch: 2, length: length),
      .init(name: "GPT, naive, dropout", configuration: dropped, batch: 2, length: length),
      .init(
        name: "the same, selective", configuration: dropped, batch: 2, length: length,
        policy: .selective),
      .init(
        name: "GPT, full", configuration: gpt(), batch: 2, length: length, policy: .full),
      .init(
        name: "GPT, every 2 layers", configuration: gpt(), batch: 2, length: length,
        policy: .everyKth(2)),
      .init(
        name: "GPT, 2 passes a step", configuration: gpt(), batch: 1, length: length,
        accumulation: 2),
      .init(
        name: "4,000 words", configuration: gpt(words: 4000), batch: 1, length: length,
        policy: .full),
      .init(
        name: "4,000 words, loss in chunks", configuration: gpt(words: 4000), batch: 1,
        length: length, policy: .full, lossChunk: length / 8),
      .init(name: "LLaMA, tiled", configuration: llama(), batch: 2, length: length),
      .init(
        name: "LLaMA, 2 KV heads", configuration: llama(kvHeads: 2), batch: 3,
        length: length / 2 + 3),
      .init(
        name: "LLaMA, 1 KV head, full", configuration: llama(kvHeads: 1), batch: 1,
        length: 2 * length, policy: .full),
      .init(
        name: "LLaMA, windows", configuration: llama(pattern: SlidingWindow(length / 4)),
        batch: 1, length: length),
    ] + large
  }

  /// The largest model: from its size on the page extrapolates.
  private var large: [TrainingCase] {
    guard scale != .smoke else { return [] }
    return [
      TrainingCase(
        name: "the largest",
        configuration: .llama(
          vocabularyCount: 8000, modelDim: 512, layerCount: 8, headCount: 8, kvHeadCount: 4),
        batch: 1, length: 1024)
    ]
  }

  var decoding: [DecodingCase] {
    [4, 2, 1].map { kvHeads in
      DecodingCase(
        name: "\(kvHeads) KV head\(kvHeads == 1 ? "" : "s")",
        configuration: llama(kvHeads: kvHeads), prompt: 4 * length)
    } + [
      .init(
        name: "in chunks of \(length / 2)", configuration: llama(kvHeads: 2), prompt: 4 * length,
        chunk: length / 2),
      .init(
        name: "3 requests", configuration: llama(kvHeads: 2), prompt: length, batch: 3),
      .init(
        name: "3 requests, in chunks", configuration: llama(kvHeads: 2), prompt: length, batch: 3,
        chunk: 3 * length / 4),
      .init(
        name: "windows of \(length / 4)",
        configuration: llama(kvHeads: 2, pattern: SlidingWindow(length / 4)), prompt: 2 * length,
        chunk: length),
      .init(
        name: "every 2nd layer in windows",
        configuration: llama(kvHeads: 2, pattern: Interleaved(window: length / 4, period: 2)),
        prompt: 2 * length, chunk: length),
      .init(
        name: "a rolling cache of \(length / 4)",
        configuration: llama(kvHeads: 2, pattern: SlidingWindow(length / 4)), prompt: length,
        chunk: 1, rolls: true, newTokens: 0),
      .init(
        name: "GPT, naive, no cache",
        configuration: gpt { $0.attention = .naive }, prompt: length, batch: 2, hasCache: false),
      .init(
        name: "GPT, learned positions, no cache",
        configuration: gpt { $0.positions = Learned(positionCount: length) }, prompt: length,
        hasCache: false),
    ]
  }

  /// A model whose logits are its largest tensor.
  struct ChunkedLoss {
    let configuration: TransformerConfiguration
    let length: Int
    let chunk: Int
  }
  var chunkedLoss: ChunkedLoss {
    ChunkedLoss(
      configuration: .gpt(
        vocabularyCount: 4000, modelDim: width / 2, layerCount: 2, headCount: 2), length: length,
      chunk: length / 8)
  }

  /// Requests whose caches are divided into blocks, and the longest of them.
  var requestCount: Int { scale.pick(smoke: 32, standard: 256, full: 1024) }
  var longestRequest: Int { 2048 }
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
