import Autograd
import LessonKit
import Plotting
import SmallTransformer
import TensorCore

/// Section "Time saved on a long text": a dense and a routed encoder, by length.
extension ConditionalComputationLesson {
  func timeLongTexts(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Time saved on a long text")
    notebook.say(
      """
      Attention can be routed too: a few heads attend within a window for every token, the others \
      only among the routed tokens. We compare two dense encoder layers with two layers of CoLT5 \
      in the paper's proportions: one token in sixteen is routed, a quarter of the heads are \
      light, and the light branch has half the width. Both are untrained: this section measures \
      the time that routing saves, and not its cost in quality.
      """)
    notebook.show(
      "LightHeavyAttention", in: technique("LightHeavyAttention"), focus: "private func addHeavy(")
    let lengths = experiment.timedLengths
    let seconds = try notebook.step(
      "time-encoders", "Time two layers forward, dense and routed in interleaved rounds"
    ) {
      try lengths.enumerated().map { index, length -> Keyed<TimedEncoder, Double> in
        let passes = try Keyed<TimedEncoder, EncoderPass> {
          EncoderPass(try experiment.configuration($0), length: length, notebook)
        }
        let samples = interleaved(TimedEncoder.allCases, rounds: experiment.timedRounds) {
          passes[$0].seconds()
        }
        notebook.progress(
          done: index + 1, total: lengths.count, detail: "\(Quantity.count.text(length)) tokens")
        let medians = Dictionary(
          uniqueKeysWithValues: zip(TimedEncoder.allCases, samples.map(median)))
        return Keyed { medians[$0] ?? .nan }
      }
    }
    let points = try zip(lengths, seconds).map { length, seconds in
      EncoderComparison(
        length: length, seconds: seconds,
        flops: try Keyed<TimedEncoder, Double> {
          flopsPerToken(
            try experiment.configuration($0), length: length, on: notebook.backend)
        })
    }
    try draw(notebook, experiment, points)
    tabulate(notebook, points)
    notebook.claim(
      "light-heavy-speedup", "Time at the longest text: dense divided by light and heavy",
      points.last?.speedUp, atLeast: 2, as: .times)
  }

  private func draw(
    _ notebook: Notebook, _ experiment: Experiment, _ points: [EncoderComparison]
  ) throws {
    let x = points.map { Double($0.length) }
    guard let longest = points.last else { return }
    func series(_ name: String, _ encoder: TimedEncoder, _ concept: Concept) -> Series {
      Series(
        name, x: x, y: points.map { $0.seconds[encoder] / Double($0.length) }, of: concept)
    }
    try notebook.figure(
      "time-by-length",
      LinePlot(
        title: "An encoder of two layers, d = \(experiment.denseEncoder.modelDim)",
        x: .log("length (tokens)", base: 2), y: .log("time per token", unit: .seconds),
        series: [
          series("dense", .dense, .keepAll), series("light and heavy", .lightAndHeavy, .routed),
        ]),
      caption: """
        At \(Quantity.count.text(Double(longest.length))) tokens the routed encoder is \
        \(Quantity.times.text(longest.speedUp, digits: 3)) as fast and needs \
        \(Quantity.times.text(longest.flopRatio, digits: 3)) fewer FLOPs.
        """)
  }

  private func tabulate(_ notebook: Notebook, _ points: [EncoderComparison]) {
    notebook.table(
      "branches", columns: ["tokens", "dense", "light and heavy", "speed-up", "fewer FLOPs"],
      rows: points.map { point in
        [
          Quantity.count.text(Double(point.length)),
          Quantity.seconds.text(point.seconds[.dense], digits: 3),
          Quantity.seconds.text(point.seconds[.lightAndHeavy], digits: 3),
          Quantity.times.text(point.speedUp, digits: 3),
          Quantity.times.text(point.flopRatio, digits: 3),
        ]
      },
      caption: """
        Median times. Time falls less than FLOPs: gathering the routed rows, adding them back and \
        reading the router's scores take time, but hardly any FLOPs.
        """)
  }
}

/// Time and FLOPs of both encoders at one length.
private struct EncoderComparison {
  let length: Int
  /// Wall time of one forward pass, the median of the rounds.
  let seconds: Keyed<TimedEncoder, Double>
  /// Per token.
  let flops: Keyed<TimedEncoder, Double>

  var speedUp: Double { seconds[.dense] / seconds[.lightAndHeavy] }
  var flopRatio: Double { flops[.dense] / flops[.lightAndHeavy] }
}

/// An encoder and a text.
private struct EncoderPass {
  private let model: Transformer
  private let tokens: [Int32]

  init(_ configuration: TransformerConfiguration, length: Int, _ notebook: Notebook) {
    model = Transformer(configuration, on: notebook.backend, seed: notebook.seed)
    tokens = (0..<length).map { Int32($0 * 31 % configuration.vocabularyCount) }
  }

  /// Runs one forward pass and returns its wall time.
  func seconds() -> Double {
    let start = ContinuousClock.now
    let tape = Tape(model.backend, isRecording: false)
    _ = model.backend.read(model.logits(tokens, batch: 1, tape: tape).value)
    return LessonKit.seconds(since: start)
  }
}
