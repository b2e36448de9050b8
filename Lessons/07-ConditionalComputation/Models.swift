import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// How tokens are picked for the heavy branch in "One token in eight is hard", in the order of the
/// table.
package enum RoutingMethod: String, CaseIterable, Sendable {
  case allHeavy = "all-heavy"
  case allLight = "all-light"
  case everyEighth = "every-8th"
  case random
  case learned
  case learnedWithNoise = "learned-with-noise"
  case softTopK = "soft-top-k"

  package var name: String {
    switch self {
    case .allHeavy: "all heavy"
    case .allLight: "all light"
    case .everyEighth: "every 8th"
    case .random: "random"
    case .learned: "learned"
    case .learnedWithNoise: "learned, with noise"
    case .softTopK: "soft top-k"
    }
  }
}

/// The encoders whose time is compared.
enum TimedEncoder: String, CaseIterable {
  case dense
  case lightAndHeavy = "light-and-heavy"
}

/// The decoders that are trained on text, in the order of the table.
package enum DepthModel: String, CaseIterable, Sendable {
  case routed
  case dense
  case everyEighth = "every-8th"
  case random
  case allLayers = "all-layers"
  case halfTheLayers = "half-the-layers"

  package var name: String {
    switch self {
    case .routed: "routed by top-k"
    case .dense: "dense, equal FLOPs"
    case .everyEighth: "every 8th byte routed"
    case .random: "random bytes routed"
    case .allLayers: "dense, all layers"
    case .halfTheLayers: "dense, without the routed layers"
    }
  }
}

// MARK: One token in eight is hard

extension Experiment {
  func lightHeavy(_ method: RoutingMethod, recorder: RoutingRecorder? = nil) throws -> LightHeavy {
    let (rule, branches): (RoutingRule, LightHeavy.Branches) =
      switch method {
      case .allHeavy: (.learned, .allHeavy)
      case .allLight: (.learned, .allLight)
      case .everyEighth: (.everyNth, .routed)
      case .random: (.random, .routed)
      case .learned: (.learned, .routed)
      case .learnedWithNoise:
        (.learnedWithNoise(amplitude: 10, untilStep: noiseEndStep), .routed)
      case .softTopK: (.softTopK, .routed)
      }
    return try LightHeavy(
      lightDim: 2, heavyDim: 192, capacity: capacity, rule: rule, branches: branches,
      recorder: recorder)
  }

  /// An encoder whose inputs are bits and whose only layer has a light and a heavy branch.
  func bitsConfiguration(_ scheme: LightHeavy) -> TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      vocabularyCount: task.vocabularyCount, modelDim: 48, layerCount: 1, headCount: 1,
      positions: NoPositions()
    ).with(pattern: Bidirectional())
    configuration.norm = .rmsNorm
    configuration.blocks = scheme
    configuration.classCount = HardBits.answerCount
    configuration.fixedEmbedding = Self.bits(width: 48)
    return configuration
  }

  /// The signs of a token's bits, times a fixed random matrix.
  private static func bits(width: Int) -> FixedEmbedding {
    let rows = HardBits.bitCount + 1
    var generator = SeededGenerator(seed: 0, stream: "bits to vectors")
    let matrix = (0..<rows * width).map { _ in generator.normal() / Float(rows).squareRoot() }
    return FixedEmbedding(identity: "signs of 13 bits") { token in
      let signs = HardBits.signs(token)
      return (0..<width).map { column in
        signs.indices.reduce(Float(0)) { $0 + signs[$1] * matrix[$1 * width + column] }
      }
    }
  }
}

// MARK: Time on a long text

extension Experiment {
  func configuration(_ encoder: TimedEncoder) throws -> TransformerConfiguration {
    switch encoder {
    case .dense: denseEncoder
    case .lightAndHeavy: try lightHeavyEncoder()
    }
  }

  /// Four heads, a feed-forward layer of four times the width, full attention.
  var denseEncoder: TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      vocabularyCount: 32, modelDim: scale.pick(smoke: 32, standard: 64, full: 128),
      layerCount: 2, headCount: 4, positions: NoPositions()
    ).with(pattern: Bidirectional())
    configuration.norm = .rmsNorm
    return configuration
  }

  func lightHeavyEncoder(recorder: RoutingRecorder? = nil) throws -> TransformerConfiguration {
    var configuration = denseEncoder
    let d = configuration.modelDim
    configuration.blocks = try LightHeavy(
      lightDim: 2 * d, heavyDim: 4 * d, capacity: 1.0 / 16, rule: .learned,
      attention: .init(lightHeads: 1, heavyHeads: 3, window: 128), recorder: recorder)
    return configuration
  }
}

// MARK: Mixture-of-Depths on text

extension Experiment {
  /// Positions are added to the embedding, so that they stay correct when tokens are left
  /// out.
  var decoder: TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      modelDim: scale.pick(smoke: 16, standard: 64, full: 128), layerCount: 4,
      headCount: scale.pick(smoke: 1, standard: 2, full: 4), positions: Sinusoidal())
    configuration.embeddingInitStd = 1
    return configuration
  }

  func routedDecoder(
    _ rule: RoutingRule, recorder: RoutingRecorder? = nil
  ) throws -> TransformerConfiguration {
    var configuration = decoder
    configuration.blocks = try MixtureOfDepths(
      capacity: capacity, rule: rule, recorder: recorder)
    return configuration
  }

  func configuration(
    _ model: DepthModel, recorder: RoutingRecorder? = nil, on backend: any Backend
  ) throws -> TransformerConfiguration {
    switch model {
    case .routed: try routedDecoder(.learned, recorder: recorder)
    case .dense: try denseDecoder(on: backend)
    case .everyEighth: try routedDecoder(.everyNth, recorder: recorder)
    case .random: try routedDecoder(.random, recorder: recorder)
    case .allLayers: decoder
    case .halfTheLayers: shallowDecoder
    }
  }

  /// The decoder without its routed layers.
  private var shallowDecoder: TransformerConfiguration {
    var configuration = decoder
    configuration.layerCount = decoder.layerCount / 2
    return configuration
  }

  /// Half of the layers, with a feed-forward width at which a token costs as many FLOPs as in the
  /// routed decoder.
  private func denseDecoder(on backend: any Backend) throws -> TransformerConfiguration {
    let length = textSchedule.length
    var configuration = shallowDecoder
    let wanted = flopsPerToken(try routedDecoder(.learned), length: length, on: backend)
    let base = flopsPerToken(configuration, length: length, on: backend)
    // One more column of the two matrices costs 4d FLOPs per layer.
    let perColumn = Double(4 * configuration.modelDim * configuration.layerCount)
    configuration.feedForwardDim += max(0, Int(((wanted - base) / perColumn).rounded()))
    return configuration
  }
}

// MARK: For the comparison of devices

extension ConditionalComputationLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) throws -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    let bits = try RoutingMethod.allCases.map { method in
      let recorder = RoutingRecorder()
      let scheme = try experiment.lightHeavy(method, recorder: recorder)
      return LessonModel(
        "bits, \(method.name)", experiment.bitsConfiguration(scheme),
        schedule: experiment.bitsSchedule, choices: recorder.takeChoices)
    }
    let depths = try DepthModel.allCases.map { model in
      let recorder = RoutingRecorder()
      return LessonModel(
        model.name, try experiment.configuration(model, recorder: recorder, on: backend),
        schedule: experiment.textSchedule, choices: recorder.takeChoices)
    }
    let (causal, timed) = (RoutingRecorder(), RoutingRecorder())
    let thresholds = [Float](repeating: 0, count: experiment.decoder.layerCount)
    return bits + depths + [
      // The lesson sets the thresholds after training. At 0 about half of the tokens pass a fresh
      // router.
      LessonModel(
        "routed by threshold",
        try experiment.routedDecoder(.threshold(thresholds), recorder: causal),
        choices: causal.takeChoices),
      LessonModel("timed encoder, dense", experiment.denseEncoder),
      LessonModel(
        "timed encoder, light and heavy", try experiment.lightHeavyEncoder(recorder: timed),
        choices: timed.takeChoices),
    ]
  }
}

extension RoutingRecorder {
  /// The routings since the last call.
  fileprivate func takeChoices() -> [RoutingChoice] {
    defer { routings = [] }
    return routings.map { RoutingChoice(rows: $0.rows, scores: $0.noisyScores) }
  }
}
