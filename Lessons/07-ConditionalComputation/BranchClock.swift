import Autograd
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Time and operations of an encoder, dense and routed, against the length.
extension ConditionalComputationLesson {
  func clockBranches(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("What it saves on a long text")
    notebook.say(
      """
      Attention can be routed too: a few heads within a window for every token, the others only \
      among the routed ones. Here a dense encoder layer against CoLT5's, with the paper's shares: \
      one token in sixteen routed, a quarter of the heads light, a light branch of half the width.
      """)
    notebook.show("LightHeavyAttention", in: "LightHeavyAttention.swift")
    let lengths = experiment.clockLengths
    let times = try notebook.step("Two layers forward, dense and routed by turns, at every length")
    {
      try lengths.enumerated().map { index, length in
        let dense = Encoder(experiment.denseEncoder, length: length, notebook)
        let routed = Encoder(try experiment.routedEncoder(), length: length, notebook)
        var (denseTimes, routedTimes): ([Double], [Double]) = ([], [])
        for round in 0...experiment.clockRounds {
          let (a, b) = (dense.run(), routed.run())
          if round > 0 { (denseTimes, routedTimes) = (denseTimes + [a], routedTimes + [b]) }
        }
        notebook.progress(done: index + 1, total: lengths.count, detail: "\(length) tokens")
        return BranchTimes(
          dense: denseTimes.sorted()[denseTimes.count / 2],
          routed: routedTimes.sorted()[routedTimes.count / 2])
      }
    }
    let flops = try lengths.map { length in
      (
        dense: flopsPerToken(experiment.denseEncoder, length: length, on: notebook.backend),
        routed: flopsPerToken(
          try experiment.routedEncoder(), length: length, on: notebook.backend)
      )
    }
    let x = lengths.map(Double.init)
    let speedUp = times.map { $0.dense / $0.routed }
    let fewer = flops.map { $0.dense / $0.routed }
    try notebook.figure(
      "time-by-length",
      LinePlot(
        title: "An encoder of two layers, d = \(experiment.denseEncoder.modelDim)",
        x: .log("length (tokens)", base: 2), y: .log("time a token (µs)"),
        series: [
          Series("dense", x: x, y: zip(times, x).map { 1e6 * $0.dense / $1 }),
          Series("light and heavy", x: x, y: zip(times, x).map { 1e6 * $0.routed / $1 }),
        ]),
      caption: """
        At \(Quantity.count.text(x[x.count - 1])) tokens the routed encoder is \
        \(Quantity.times.text(speedUp[speedUp.count - 1], digits: 3)) as fast and does \
        \(Quantity.times.text(fewer[fewer.count - 1], digits: 3)) fewer operations.
        """)
    notebook.table(
      "branches", columns: ["tokens", "dense", "light and heavy", "faster", "fewer operations"],
      rows: lengths.indices.map { index in
        [
          Quantity.count.text(x[index]), Quantity.seconds.text(times[index].dense, digits: 3),
          Quantity.seconds.text(times[index].routed, digits: 3),
          Quantity.times.text(speedUp[index], digits: 3),
          Quantity.times.text(fewer[index], digits: 3),
        ]
      },
      caption: """
        Medians. What is saved in time is less than in flops: picking rows, adding them back and \
        reading the router's scores are work that no operation count shows.
        """)
    notebook.claim(
      "Light and heavy over dense at the longest text", speedUp.last, atLeast: 2, as: .times)
  }
}

/// An encoder and a text, ready to run.
private struct Encoder {
  private let model: Transformer
  private let tokens: [Int32]

  init(_ configuration: TransformerConfiguration, length: Int, _ notebook: Notebook) {
    model = Transformer(configuration, on: notebook.backend, seed: notebook.seed)
    tokens = (0..<length).map { Int32($0 * 31 % configuration.vocabularyCount) }
  }

  /// Seconds of one pass.
  func run() -> Double {
    let start = ContinuousClock.now
    let tape = Tape(model.backend, isRecording: false)
    _ = model.backend.read(model.logits(tokens, batch: 1, tape: tape).value)
    let taken = ContinuousClock.now - start
    return Double(taken.components.seconds) + Double(taken.components.attoseconds) * 1e-18
  }
}

/// Seconds of one pass at one length, the median of the rounds.
private struct BranchTimes: Codable {
  let dense: Double
  let routed: Double
}

extension Experiment {
  var clockLengths: [Int] {
    scale.pick(
      smoke: [64, 128], standard: [256, 512, 1024, 2048, 4096, 8192],
      full: [256, 512, 1024, 2048, 4096, 8192, 16_384])
  }
  var clockRounds: Int { scale.pick(smoke: 1, standard: 5, full: 9) }

  /// Four heads, a feed-forward layer of four times the width, every pair attended.
  var denseEncoder: TransformerConfiguration {
    var configuration = TransformerConfiguration.gpt(
      vocabularyCount: 32, modelDim: scale.pick(smoke: 32, standard: 64, full: 128),
      layerCount: 2, headCount: 4, positions: NoPositions()
    ).with(pattern: Bidirectional())
    configuration.norm = .rmsNorm
    return configuration
  }

  func routedEncoder(watch: RoutingWatch? = nil) throws -> TransformerConfiguration {
    var configuration = denseEncoder
    let d = configuration.modelDim
    configuration.blocks = try LightHeavy(
      lightDim: 2 * d, heavyDim: 4 * d, capacity: 1.0 / 16, choice: .learned,
      attention: .init(lightHeads: 1, heavyHeads: 3, window: 128), watch: watch)
    return configuration
  }
}
