import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// The sizes of this lesson at each scale.
struct Experiment {
  let scale: Scale
  let seed: UInt64

  // MARK: The masks and what they reach

  /// Tokens in the pictures of the masks.
  var pictureLength: Int { 96 }
  /// Small enough that every pattern's grain can be seen.
  var pictured: [any SparsePattern] {
    let window = SlidingWindow(16)
    return [
      Causal(), window, DilatedWindow(16, dilation: 4), Strided(12), Fixed(16, summary: 3),
      GlobalTokens(window: 16, at: [0, 40]), RandomBlocks(1, blockSize: 8, window: 2, seed: seed),
      BlockSparse(GlobalTokens(window: 8, at: [40]), blockSize: 16),
      SinksAndWindow(sinks: 4, window: 12),
    ]
  }

  var reachLength: Int { scale.pick(smoke: 256, standard: 1024, full: 1024) }
  var reachLayers: Int { 8 }
  var reachWindow: Int { scale.pick(smoke: 8, standard: 32, full: 32) }
  /// A pattern for each way to reach far, of about the same price.
  var reaching: [any SparsePattern] {
    let (W, n) = (reachWindow, reachLength)
    return [
      Causal(), SlidingWindow(W), DilatedWindow(W, dilation: 4), Strided(W), Fixed(W, summary: 4),
      GlobalTokens(window: W, at: globalPlaces(every: W, below: n)),
      RandomBlocks(1, blockSize: W / 2, window: 2, seed: seed),
      SinksAndWindow(sinks: 4, window: W - 4),
    ]
  }

  func globalPlaces(every spacing: Int, below length: Int) -> [Int] {
    Array(stride(from: spacing - 1, to: length, by: spacing))
  }

  // MARK: The clock

  var timedLengths: [Int] {
    let all = [512, 1024, 2048, 4096, 8192, 16_384, 32_768]
    return Array(all.prefix(scale.pick(smoke: 2, standard: 7, full: 7)))
  }
  var timedHeadDim: Int { scale.pick(smoke: 16, standard: 64, full: 64) }
  /// Rounds in which every mask runs once at every length.
  var sweepRounds: Int { scale.pick(smoke: 1, standard: 3, full: 7) }
  var timedHeads: Int { scale.pick(smoke: 1, standard: 1, full: 4) }
  /// The length at which time is held against kept blocks.
  /// Rounds in which all masks take their turn.
  var timingRounds: Int { scale.pick(smoke: 2, standard: 15, full: 31) }
  var proportionLength: Int { scale.pick(smoke: 512, standard: 4096, full: 8192) }
  /// Beyond this the matrix of all pairs would not fit a small machine.
  var longestMatrix: Int { 4096 }

  /// The square root of n, the stride that the paper asks for.
  func timed(length n: Int) -> [any SparsePattern] {
    let root = Int(Double(n).squareRoot().rounded())
    return [
      Causal(), SlidingWindow(256), DilatedWindow(64, dilation: 4), Strided(root),
      Fixed(128, summary: 8), GlobalTokens(window: 256, at: [0, 100, 200, 300]),
      RandomBlocks(2, window: 3, seed: seed), SinksAndWindow(sinks: 4, window: 252),
    ]
  }

  // MARK: Recall

  var recallLength: Int { scale.pick(smoke: 32, standard: 128, full: 256) }
  var recallWindow: Int { scale.pick(smoke: 4, standard: 16, full: 32) }
  var recallTask: AssociativeRecall {
    AssociativeRecall(keyCount: 8, valueCount: 8, length: recallLength)
  }
  var recallSchedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 4, standard: 8, full: 16), length: recallLength,
      stepCount: scale.pick(smoke: 8, standard: 700, full: 1500), peakLearningRate: 2e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 20, full: 50))
  }
  /// Without positions: what is asked for is found by its key, wherever it stands.
  var recallConfiguration: TransformerConfiguration {
    lean(
      .gpt(
        vocabularyCount: recallTask.vocabularyCount,
        modelDim: scale.pick(smoke: 16, standard: 64, full: 64), layerCount: 2, headCount: 1,
        positions: NoPositions()))
  }
  var recallPatterns: [any SparsePattern] {
    let (W, n) = (recallWindow, recallLength)
    return [
      Causal(), SlidingWindow(W), DilatedWindow(W, dilation: 2), Strided(W),
      GlobalTokens(window: W, at: globalPlaces(every: 2 * W, below: n)),
      SinksAndWindow(sinks: 4, window: W),
    ]
  }
  var recallSequences: Int { scale.pick(smoke: 16, standard: 512, full: 1024) }

  // MARK: Text

  var textSchedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 2, standard: 8, full: 16),
      length: scale.pick(smoke: 64, standard: 256, full: 512),
      stepCount: scale.pick(smoke: 6, standard: 160, full: 1500), peakLearningRate: 3e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 20, full: 100))
  }
  var textConfiguration: TransformerConfiguration {
    lean(
      .gpt(
        modelDim: scale.pick(smoke: 16, standard: 64, full: 128),
        layerCount: scale.pick(smoke: 2, standard: 3, full: 4),
        headCount: scale.pick(smoke: 2, standard: 2, full: 4), positions: Rotary()))
  }
  var textWindow: Int { scale.pick(smoke: 16, standard: 32, full: 64) }
  var textPatterns: [any SparsePattern] {
    let (W, n) = (textWindow, textSchedule.length)
    return [
      Causal(), SlidingWindow(W), DilatedWindow(W, dilation: 4), Strided(W / 2),
      Fixed(W, summary: 4), GlobalTokens(window: W, at: globalPlaces(every: W, below: n)),
      RandomBlocks(1, blockSize: 16, window: 2, seed: seed),
      SinksAndWindow(sinks: 4, window: W - 4),
    ]
  }
  var evaluationTokens: Int { scale.pick(smoke: 512, standard: 32_768, full: 131_072) }

  // MARK: Streaming

  /// T: tokens of a training sequence of the model that streams.
  var streamSchedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 2, standard: 16, full: 32),
      length: scale.pick(smoke: 32, standard: 128, full: 256),
      stepCount: scale.pick(smoke: 6, standard: 300, full: 2000), peakLearningRate: 3e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 20, full: 100))
  }
  var streamLength: Int { scale.pick(smoke: 4, standard: 8, full: 16) * streamSchedule.length }
  var streamCount: Int { scale.pick(smoke: 2, standard: 16, full: 32) }
  var sinkCount: Int { 4 }

  /// No biases and no centering: as little as a decoder needs.
  private func lean(_ configuration: TransformerConfiguration) -> TransformerConfiguration {
    var lean = configuration
    lean.norm = .rmsNorm
    lean.hasBiases = false
    return lean
  }
}
