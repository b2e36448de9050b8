import Autograd
import Corpora
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Mixture-of-Depths on real text.
struct DepthRuns {
  let routed: [TrainedModel]
  let watch: RoutingWatch
  let configuration: TransformerConfiguration
}

/// One model of the comparison, and with how many seeds it is trained.
struct DepthWay {
  let name: String
  let configuration: TransformerConfiguration
  let seeds: Int
  var watch = RoutingWatch()
}

private struct DepthResult {
  let way: DepthWay
  let models: [TrainedModel]
  let losses: [Double]
}

extension ConditionalComputationLesson {
  func trainDepths(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws -> DepthRuns {
    notebook.heading("Blocks that most tokens go past")
    notebook.say(
      """
      Mixture-of-Depths routes whole blocks of a decoder: every second block takes the one token in \
      eight with the highest scores, the others go past it unchanged. On real text there is no \
      label that says which bytes are hard. Compare at **equal operations**: a dense model of half \
      the layers whose feed-forward layers are widened until it costs the same. Beside the two, \
      with one seed each: a choice that learns nothing, all layers for everybody, and the routed \
      layers for nobody.
      """)
    notebook.show("RoutedBlock", in: "MixtureOfDepths.swift")
    let length = experiment.textSchedule.length
    let ways = try experiment.depthWays(on: notebook.backend)
    let watch = ways[0].watch
    let windows = try notebook.heldOutWindows(
      book, length: length, tokenCount: experiment.evaluationTokens)
    let results = try notebook.step(
      "Train both sides with \(experiment.textSeeds) seeds, and the others once"
    ) {
      try ways.map { way in
        let models = try (0..<way.seeds).map { index in
          let seed = notebook.seed + UInt64(index)
          watch.routed = []
          return try notebook.train(
            "\(way.name), seed \(seed)", way.configuration, experiment.textSchedule, on: book,
            seed: seed)
        }
        let losses = models.map { model -> Double in
          watch.routed = []
          return model.model.lossByPosition(windows).mean
        }
        return DepthResult(way: way, models: models, losses: losses)
      }
    }
    notebook.table(
      "depths", columns: ["model", "kFLOP a token", "weights", "loss by seed", "mean"],
      rows: results.map { result in
        [
          result.way.name,
          Quantity.plain.text(
            flopsPerToken(result.way.configuration, length: length, on: notebook.backend) / 1e3,
            digits: 4),
          Quantity.count.text(Double(result.models[0].model.parameters.count)),
          result.losses.map { Quantity.plain.text($0) }.joined(separator: " · "),
          Quantity.plain.text(mean(result.losses)),
        ]
      }, caption: "Held-out loss in nats a byte, routed by top-k over each window of \(length).")
    let ratio = mean(results[0].losses) / mean(results[1].losses)
    // Two runs of three seeds each: 0.999 and 1.003; with more steps 1.005.
    notebook.claim(
      "Routed against dense at equal operations, loss", ratio, within: 0.9...1.1, as: .times)
    notebook.notice(
      "What came on real text",
      """
      At equal operations the routed model's loss is \
      \(Quantity.percent.text(abs(ratio - 1), digits: 2)) \(ratio > 1 ? "higher" : "lower") than the \
      dense one's, where seeds of one model lie up to \
      \(Quantity.plain.text(results.map { spread($0.losses) }.max() ?? .nan, digits: 2)) nats apart. \
      Against all layers for everybody it is \
      \(Quantity.percent.text(abs(mean(results[0].losses) / mean(results[4].losses) - 1), digits: 2)) \
      \(mean(results[0].losses) > mean(results[4].losses) ? "higher" : "lower"), and against \
      choosing every 8th byte \
      \(Quantity.percent.text(abs(mean(results[0].losses) / mean(results[2].losses) - 1), digits: 2)) \
      \(mean(results[0].losses) > mean(results[2].losses) ? "higher" : "lower"). The \
      paper's gains are for models a thousand times as large, and a top-k that sees the window's \
      end flatters the routed one, as the next part shows.
      """)
    return DepthRuns(
      routed: results[0].models, watch: watch, configuration: ways[0].configuration)
  }

  func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }

  private func spread(_ numbers: [Double]) -> Double {
    (numbers.max() ?? .nan) - (numbers.min() ?? .nan)
  }
}

extension Experiment {
  var textSchedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 2, standard: 16, full: 16),
      length: scale.pick(smoke: 32, standard: 128, full: 256),
      stepCount: scale.pick(smoke: 4, standard: 300, full: 2000), peakLearningRate: 3e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 20, full: 100))
  }
  var textSeeds: Int { scale.pick(smoke: 1, standard: 3, full: 3) }
  var evaluationTokens: Int { scale.pick(smoke: 256, standard: 32_768, full: 131_072) }

  /// Positions in the embedding, so that they survive when tokens are left out.
  var decoder: TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      modelDim: scale.pick(smoke: 16, standard: 64, full: 128), layerCount: 4,
      headCount: scale.pick(smoke: 1, standard: 2, full: 4), positions: Sinusoidal())
    configuration.embeddingInitStd = 1
    return configuration
  }

  /// Every model of the comparison, in the order of the page.
  func depthWays(on backend: any Backend) throws -> [DepthWay] {
    let length = textSchedule.length
    func routed(_ name: String, _ choice: Choice, seeds: Int) throws -> DepthWay {
      let watch = RoutingWatch()
      return DepthWay(
        name: name, configuration: try routedDecoder(choice, watch: watch), seeds: seeds,
        watch: watch)
    }
    let learned = try routed("routed", .learned, seeds: textSeeds)
    let cost = flopsPerToken(learned.configuration, length: length, on: backend)
    learned.watch.routed = []
    return [
      learned,
      DepthWay(
        name: "dense, equal operations",
        configuration: denseDecoder(costing: cost, length: length, on: backend), seeds: textSeeds),
      try routed("every 8th byte", .fixed, seeds: 1),
      try routed("random bytes", .random, seeds: 1),
      DepthWay(name: "all layers for all", configuration: decoder, seeds: 1),
      DepthWay(name: "routed layers for nobody", configuration: shallowDecoder, seeds: 1),
    ]
  }

  func routedDecoder(_ choice: Choice, watch: RoutingWatch? = nil) throws
    -> TransformerConfiguration
  {
    var configuration = decoder
    configuration.blocks = try MixtureOfDepths(capacity: capacity, choice: choice, watch: watch)
    return configuration
  }

  /// The decoder without its routed layers: what is left when nobody takes them.
  var shallowDecoder: TransformerConfiguration {
    var configuration = decoder
    configuration.layerCount = decoder.layerCount / 2
    return configuration
  }

  /// Half the layers, and a feed-forward width at which a token costs as much.
  func denseDecoder(
    costing flops: Double, length: Int, on backend: any Backend
  ) -> TransformerConfiguration {
    var configuration = shallowDecoder
    let base = flopsPerToken(configuration, length: length, on: backend)
    // Each column of the two matrices costs 4d operations a layer.
    let perColumn = Double(4 * configuration.modelDim * configuration.layerCount)
    configuration.feedForwardDim += max(0, Int(((flops - base) / perColumn).rounded()))
    return configuration
  }
}
