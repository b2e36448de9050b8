import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// The sizes of this lesson at each scale.
struct Experiment {
  let scale: Scale

  // MARK: One token in eight is hard

  var task: HardBits {
    let length = scale.pick(smoke: 16, standard: 64, full: 64)
    return HardBits(length: length, hardCount: length / 8)
  }
  /// The share of tokens that take the heavy branch.
  var capacity: Double { 1.0 / 8 }
  var bitsSchedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 4, standard: 32, full: 64), length: task.length,
      stepCount: scale.pick(smoke: 4, standard: 1000, full: 2000), peakLearningRate: 3e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 20, full: 50))
  }
  /// The noise ends after half of the steps, so that the router can settle.
  var noiseEndStep: Int { max(2, bitsSchedule.stepCount / 2) }
  var bitsSeedCount: Int { scale.pick(smoke: 1, standard: 3, full: 5) }
  var scoredSequences: Int { scale.pick(smoke: 8, standard: 256, full: 512) }

  // MARK: Time on a long text

  var timedLengths: [Int] {
    scale.pick(
      smoke: [64, 128], standard: [256, 512, 1024, 2048, 4096, 8192],
      full: [256, 512, 1024, 2048, 4096, 8192, 16_384])
  }
  var timedRounds: Int { scale.pick(smoke: 1, standard: 5, full: 9) }

  // MARK: Mixture-of-Depths on text

  var textSchedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 2, standard: 16, full: 16),
      length: scale.pick(smoke: 32, standard: 128, full: 256),
      stepCount: scale.pick(smoke: 4, standard: 300, full: 2000), peakLearningRate: 3e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 20, full: 100))
  }
  /// Seeds of the two models that the claim compares; the other models have one.
  var textSeedCount: Int { scale.pick(smoke: 1, standard: 3, full: 3) }
  var evaluationTokens: Int { scale.pick(smoke: 256, standard: 32_768, full: 131_072) }
}
