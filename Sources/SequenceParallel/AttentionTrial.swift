import Autograd
import Communication
import Dispatch
import TensorCore

/// One attention, forward and backward, computed by all ranks, compared with one process, and
/// measured. Every rank runs it with the same settings.
public struct AttentionTrial: Codable, Equatable, Sendable {
  public var technique = SpreadTechnique.ring
  public var layout = SequenceLayout.zigzag
  /// Whether the ring sends while it computes.
  public var overlaps = true
  /// Tokens of the whole sequence.
  public var length = 1024
  public var batchCount = 1
  public var headCount = 4
  public var kvHeadCount = 4
  public var headDim = 32
  public var window: Int?
  /// Whether scores have ALiBi's bias.
  public var hasSlopes = false
  public var seed: UInt64 = 1
  /// How often it is computed, for times.
  public var repeatCount = 1
  /// Whether rank 0 computes it alone too, and compares.
  public var compares = true

  public init() {}

  /// The problem of the whole sequence.
  public var problem: AttentionProblem {
    AttentionProblem(
      batchCount: batchCount, queryLength: length, keyLength: length, headCount: headCount,
      kvHeadCount: kvHeadCount, headDim: headDim, window: window,
      slopes: hasSlopes ? (1...headCount).map { 0.5 / Float($0) } : nil)
  }

  /// - Throws: `SpreadError` if the sequence or its heads cannot be divided.
  public func check(rankCount: Int) throws(SpreadError) {
    try SpreadError.check(
      technique, layout, rankCount: rankCount, length: length, heads: headCount,
      kvHeads: kvHeadCount)
  }

  /// Runs it on this rank.
  ///
  /// - Parameters:
  ///   - communicator: the connection to the other ranks; its counters should be 0.
  ///   - backend: the device of this rank.
  ///   - progress: called on every rank after each repetition.
  /// - Returns: the report of all ranks, the same on each but for the comparison, which only rank 0
  ///   makes.
  /// - Throws: `SpreadError`.
  public func run(
    over communicator: Communicator, on backend: any Backend,
    progress: (_ finished: Int) -> Void = { _ in }
  ) throws(SpreadError) -> AttentionReport {
    try check(rankCount: communicator.rankCount)
    let attention = try SpreadAttention(
      technique, layout, length: length, over: communicator, on: backend, overlaps: overlaps)
    let tensors = TrialTensors(self, positions: attention.share.positions, on: backend)
    var seconds: [Double] = []
    let ((), peak) = backend.meter.scope {
      for finished in 1...repeatCount {
        communicator.activity = "the start of a repetition"
        communicator.barrier()
        let start = DispatchTime.now().uptimeNanoseconds
        let pullback = attention.attend(tensors.operands, tensors.problem)
        pullback(tensors.gradients)
        seconds.append(Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
        progress(finished)
      }
    }
    let own = RankMeasurement(
      sentBytes: (communicator.totalSentBytes - communicator.sentBytes[.barrier, default: 0])
        / repeatCount,
      peakBytes: peak.totalBytes, waitedSeconds: communicator.waitedSeconds,
      seconds: seconds.min() ?? 0)
    communicator.activity = "the report"
    var report = AttentionReport(
      ranks: RankMeasurement.all(own, over: communicator),
      formulaBytes: (0..<communicator.rankCount).map { rank in
        let traffic = SpreadTraffic(technique, attention.share(of: rank), problem)
        return traffic.forwardBytes + traffic.backwardBytes
      })
    let parts = gatheredResults(tensors, attention, communicator)
    var checksum = ByteChecksum()
    for part in parts { part.withUnsafeBytes { checksum.append($0) } }
    report.checksum = "\(checksum)"
    if compares, communicator.rank == 0 {
      compare(parts, attention, on: backend, &report)
    }
    return report
  }

  /// Output, then gradients, of every rank, in the order of its tokens.
  private func gatheredResults(
    _ tensors: TrialTensors, _ attention: SpreadAttention, _ communicator: Communicator
  ) -> [[Float]] {
    let backend = attention.backend
    let own = backend.read(tensors.output) + backend.read(tensors.gradient)
    let widths = TrialTensors.widths(problem)
    let parts = (0..<communicator.rankCount).map { rank in
      backend.empty(
        [batchCount * attention.share(of: rank).count * (widths.packed + widths.output)],
        .workspace)
    }
    backend.write(own, to: parts[communicator.rank])
    communicator.allGather(parts[communicator.rank], into: parts)
    return parts.map { backend.read($0) }
  }

  /// Computes the whole attention by the backend's kernels, and compares.
  private func compare(
    _ parts: [[Float]], _ attention: SpreadAttention, on backend: any Backend,
    _ report: inout AttentionReport
  ) {
    let whole = TrialTensors(self, positions: Array(0..<length), on: backend)
    backend.attention(whole.operands, problem)
    backend.attentionBackward(whole.operands, whole.gradients, problem)
    let (output, gradient) = (backend.read(whole.output), backend.read(whole.gradient))
    var spreadOutput = [Float](repeating: .nan, count: output.count)
    var spreadGradient = [Float](repeating: .nan, count: gradient.count)
    let widths = TrialTensors.widths(problem)
    for (rank, part) in parts.enumerated() {
      let share = attention.share(of: rank)
      let outputCount = batchCount * share.count * widths.output
      share.place(
        Array(part[..<outputCount]), in: &spreadOutput, batch: batchCount, width: widths.output)
      share.place(
        Array(part[outputCount...]), in: &spreadGradient, batch: batchCount, width: widths.packed)
    }
    report.outputDifference = relativeDifference(spreadOutput, output)
    report.gradientDifference = relativeDifference(spreadGradient, gradient)
  }

  /// The largest difference, relative to the largest expected magnitude.
  private func relativeDifference(_ found: [Float], _ expected: [Float]) -> Double {
    largestAbsoluteDifference(found, expected)
      / expected.reduce(0) { max($0, Double(abs($1))) }
  }
}

/// What a trial measured and compared.
public struct AttentionReport: Codable, Equatable, Sendable {
  /// By rank.
  public var ranks: [RankMeasurement]
  /// Bytes that each rank sends by formula, forward and backward: see `SpreadTraffic`.
  public var formulaBytes: [Int]
  /// Of output and gradients of all ranks: equal numbers have equal checksums.
  public var checksum = ""
  /// The largest difference of the output from one process's, relative to the largest value; nil if
  /// it was not compared.
  public var outputDifference: Double?
  /// The same of the gradients of queries, keys and values.
  public var gradientDifference: Double?
}

/// What one rank measured.
public struct RankMeasurement: Codable, Equatable, Sendable {
  /// Bytes that it sent, without those of barriers.
  public var sentBytes: Int
  /// The largest memory of its tensors.
  public var peakBytes: Int
  /// Seconds in which it waited for others, of all repetitions.
  public var waitedSeconds: Double
  /// Seconds of the fastest repetition.
  public var seconds: Double

  /// The measurements of all ranks, by rank.
  static func all(_ own: RankMeasurement, over communicator: Communicator) -> [RankMeasurement] {
    let text =
      "\(own.sentBytes) \(own.peakBytes) \(own.waitedSeconds.bitPattern) \(own.seconds.bitPattern)"
    return communicator.gathered(text).map { line in
      let words = line.split(separator: " ").map { UInt64($0) ?? 0 }
      return RankMeasurement(
        sentBytes: Int(words[0]), peakBytes: Int(words[1]),
        waitedSeconds: Double(bitPattern: words[2]), seconds: Double(bitPattern: words[3]))
    }
  }
}

/// The inputs and outputs of a trial for some positions. The values of a position are the same on
/// every rank, because each position has its own random stream.
private struct TrialTensors {
  let problem: AttentionProblem
  let output: Tensor
  let gradient: Tensor
  let operands: AttentionOperands
  let gradients: AttentionGradients

  init(_ trial: AttentionTrial, positions: [Int], on backend: any Backend) {
    var problem = trial.problem
    (problem.queryLength, problem.keyLength) = (positions.count, positions.count)
    self.problem = problem
    let widths = Self.widths(problem)
    var (packed, outputGradient): ([Float], [Float]) = ([], [])
    for batch in 0..<trial.batchCount {
      for position in positions {
        var generator = SeededGenerator(seed: trial.seed, stream: "token \(batch) \(position)")
        packed += (0..<widths.packed).map { _ in generator.normal() }
        outputGradient += (0..<widths.output).map { _ in generator.normal() }
      }
    }
    let shape: (Int) -> Shape = { [problem.batchCount, positions.count, $0] }
    let x = backend.tensor(packed, shape(widths.packed), .activations)
    let dy = backend.tensor(outputGradient, shape(widths.output), .workspace)
    output = backend.empty(shape(widths.output), .activations)
    gradient = backend.empty(shape(widths.packed), .workspace)
    let (inputs, targets) = (PackedHeads(x, problem), PackedHeads(gradient, problem))
    operands = AttentionOperands(
      queries: inputs.queries, keys: inputs.keys, values: inputs.values,
      output: HeadView(packed: output, headDim: problem.headDim),
      logSumExp: backend.empty(
        [problem.batchCount, problem.headCount, positions.count], .activations))
    gradients = AttentionGradients(
      output: HeadView(packed: dy, headDim: problem.headDim), queries: targets.queries,
      keys: targets.keys, values: targets.values)
  }

  /// Elements of a token: of queries, keys and values, and of the output.
  static func widths(_ problem: AttentionProblem) -> (packed: Int, output: Int) {
    (
      (problem.headCount + 2 * problem.kvHeadCount) * problem.headDim,
      problem.headCount * problem.headDim
    )
  }
}
