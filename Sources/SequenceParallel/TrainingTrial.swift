import Communication
import Dispatch
import SmallTransformer
import TensorCore

/// A few training steps of a small transformer whose sequences are divided over ranks, compared with
/// one process, and measured. Every rank runs it with the same settings.
public struct TrainingTrial: Codable, Equatable, Sendable {
  /// The position scheme of the model.
  public enum Positions: String, CaseIterable, Codable, Sendable {
    case rotary, alibi, sinusoidal, none

    var scheme: any PositionScheme {
      switch self {
      case .rotary: Rotary()
      case .alibi: ALiBi()
      case .sinusoidal: Sinusoidal()
      case .none: NoPositions()
      }
    }
  }

  public var technique = SpreadTechnique.ring
  public var layout = SequenceLayout.zigzag
  /// Tokens of a whole sequence.
  public var length = 256
  public var batchCount = 1
  public var layerCount = 2
  public var modelDim = 64
  public var headCount = 4
  public var kvHeadCount = 2
  public var positions = Positions.rotary
  public var window: Int?
  /// Whether layers are recomputed in the backward pass.
  public var recomputes = false
  public var stepCount = 2
  public var seed: UInt64 = 1
  /// Whether rank 0 trains alone too, and compares.
  public var compares = true

  public init() {}

  private var configuration: TransformerConfiguration {
    let model = TransformerConfiguration.llama(
      modelDim: modelDim, layerCount: layerCount, headCount: headCount, kvHeadCount: kvHeadCount,
      positions: positions.scheme)
    return window.map { model.with(pattern: SlidingWindow($0)) } ?? model
  }

  private var schedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: batchCount, length: length, stepCount: stepCount, peakLearningRate: 1e-3)
  }

  private var policy: ActivationPolicy { recomputes ? .full : .keepAll }

  /// Random tokens: the gradient is what is compared, not what is learned.
  private var batch: (inputs: [Int32], targets: [Int32]) {
    var generator = SeededGenerator(seed: seed, stream: "tokens")
    let tokens = (0..<batchCount).map { _ in
      (0...length).map { _ in Int32(generator.integer(below: 256)) }
    }
    return (tokens.flatMap { $0.dropLast() }, tokens.flatMap { $0.dropFirst() })
  }

  /// - Throws: `SpreadError` if the sequence or its heads cannot be divided.
  public func check(rankCount: Int) throws(SpreadError) {
    try SpreadError.check(
      technique, layout, rankCount: rankCount, length: length, heads: headCount,
      kvHeads: kvHeadCount)
  }

  /// Runs it on this rank; see `AttentionTrial.run`.
  public func run(
    over communicator: Communicator, on backend: any Backend,
    progress: (_ finished: Int) -> Void = { _ in }
  ) throws(SpreadError) -> TrainingReport {
    let trainer = try SpreadTrainer(
      configuration, schedule, technique, layout, over: communicator, on: backend, seed: seed,
      policy: policy)
    let (inputs, targets) = batch
    var (losses, norms, seconds): ([Double], [Double], [Double]) = ([], [], [])
    let ((), peak) = backend.meter.scope {
      for finished in 1...stepCount {
        let start = DispatchTime.now().uptimeNanoseconds
        let (loss, norm) = trainer.takeStep(inputs: inputs, targets: targets)
        seconds.append(Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
        losses.append(loss)
        norms.append(norm)
        progress(finished)
      }
    }
    let own = RankMeasurement(
      sentBytes: communicator.totalSentBytes - communicator.sentBytes[.barrier, default: 0],
      peakBytes: peak.totalBytes, waitedSeconds: communicator.waitedSeconds,
      seconds: seconds.min() ?? 0)
    communicator.activity = "the report"
    var report = TrainingReport(
      losses: losses, gradientNorms: norms,
      activationBytes: communicator.gathered("\(peak.bytesByPurpose[.activations, default: 0])")
        .map { Int($0) ?? 0 },
      ranks: RankMeasurement.all(own, over: communicator),
      weightChecksums: communicator.gathered(checksum(of: trainer.model)))
    if compares, communicator.rank == 0 { compare(trainer.model, on: backend, &report) }
    return report
  }

  /// Trains on one process from the same weights.
  private func compare(
    _ spread: Transformer, on backend: any Backend, _ report: inout TrainingReport
  ) {
    let model = Transformer(configuration, on: backend, seed: seed)
    let trainer = Trainer(model, schedule, policy: policy)
    let (inputs, targets) = batch
    let ((), peak) = backend.meter.scope {
      report.wholeLosses = (0..<stepCount).map { _ in
        trainer.takeStep(inputs: inputs, targets: targets).loss
      }
    }
    report.wholeActivationBytes = peak.bytesByPurpose[.activations, default: 0]
    report.weightDifference = zip(model.parameters.all, spread.parameters.all).reduce(0) {
      max($0, largestAbsoluteDifference(backend.read($1.0.value), backend.read($1.1.value)))
    }
  }

  private func checksum(of model: Transformer) -> String {
    var checksum = ByteChecksum()
    for parameter in model.parameters.all {
      model.backend.withElements(parameter.value) {
        checksum.append(UnsafeRawBufferPointer($0))
      }
    }
    return "\(checksum)"
  }
}

/// What a training trial measured and compared.
public struct TrainingReport: Codable, Equatable, Sendable {
  /// The loss before each step, in nats per token.
  public var losses: [Double]
  public var gradientNorms: [Double]
  /// The peak of the activations, by rank.
  public var activationBytes: [Int]
  public var ranks: [RankMeasurement]
  /// Of the weights of each rank after the last step; equal weights have equal checksums.
  public var weightChecksums: [String]
  /// What one process got; nil if it was not compared.
  public var wholeLosses: [Double]?
  public var wholeActivationBytes: Int?
  /// The largest difference of a weight after the last step.
  public var weightDifference: Double?
}
