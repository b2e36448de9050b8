import Corpora
import Foundation
import LessonKit
import SmallTransformer
import TensorCore

/// The sizes of this lesson at each scale.
struct Experiment {
  let scale: Scale

  /// Tokens of the longest text.
  var longest: Int { scale.pick(smoke: 2000, standard: 100_000, full: 100_000) }
  var task: PlantedFacts {
    PlantedFacts(
      keyCount: scale.pick(smoke: 8, standard: 32, full: 32),
      valueCount: scale.pick(smoke: 4, standard: 8, full: 8))
  }

  // MARK: The models

  /// How many tokens a window layer sees.
  var window: Int { scale.pick(smoke: 16, standard: 64, full: 128) }
  /// The last layer of each group of this size is global.
  var period: Int { scale.pick(smoke: 2, standard: 4, full: 4) }
  var globalLayer: Int { period - 1 }
  var modelDim: Int { scale.pick(smoke: 32, standard: 64, full: 128) }
  var layerCount: Int { scale.pick(smoke: 2, standard: 4, full: 4) }
  var headCount: Int { scale.pick(smoke: 2, standard: 2, full: 4) }

  // MARK: Training

  /// For the comparison of positions, on the book alone.
  var comparisonSchedule: TrainingSchedule {
    schedule(
      batch: scale.pick(smoke: 2, standard: 16, full: 16),
      length: scale.pick(smoke: 64, standard: 128, full: 512),
      steps: scale.pick(smoke: 4, standard: 200, full: 2000), rate: 3e-3)
  }

  func schedule(_ stage: TrainingStage) -> TrainingSchedule {
    switch stage {
    case .short:
      schedule(
        batch: scale.pick(smoke: 2, standard: 32, full: 64),
        length: scale.pick(smoke: 32, standard: 64, full: 64),
        steps: scale.pick(smoke: 4, standard: 700, full: 1000), rate: 3e-3)
    case .longer:
      schedule(
        batch: scale.pick(smoke: 2, standard: 8, full: 16), length: longerLength,
        steps: scale.pick(smoke: 4, standard: 200, full: 1500), rate: 2e-3)
    case .fineTuning:
      schedule(
        batch: scale.pick(smoke: 1, standard: 1, full: 2), length: longestTrained,
        steps: scale.pick(smoke: 2, standard: 80, full: 300), rate: 1e-3)
    }
  }
  private var longerLength: Int { scale.pick(smoke: 64, standard: 256, full: 512) }
  /// Tokens of the longest texts of training.
  var longestTrained: Int { 8 * longerLength }
  /// The window in the first stage: too narrow for a look-up, so that the global layer has to learn
  /// it.
  var firstWindow: Int { 8 }

  private func schedule(batch: Int, length: Int, steps: Int, rate: Double) -> TrainingSchedule {
    TrainingSchedule(
      batchCount: batch, length: length, stepCount: steps, peakLearningRate: rate,
      warmUpSteps: max(1, min(30, steps / 10)))
  }

  /// Statements and questions in a training text of this length.
  func planted(in length: Int) -> (statements: Int, questions: Int) {
    let statements = min(task.keyCount, length / 4)
    return (statements, max(statements, min(3 * length / 8, 32)))
  }

  // MARK: Time and bytes by length

  var lengths: [Int] {
    scale.pick(
      smoke: [256, 512, 1000],
      standard: [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 100_000],
      full: [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 100_000])
  }
  /// The longest text that a workload is run on; longer ones take too long at this scale.
  func longestRun(_ workload: WorkloadName) -> Int {
    switch workload {
    case .naive: scale.pick(smoke: 1000, standard: 8192, full: 16_384)
    case .tiled: scale.pick(smoke: 1000, standard: 16_384, full: 100_000)
    case .windows, .sharedHead, .trainingRecomputed: longest
    // The trained model reads the longest text anyway, in a later section.
    case .globalLayer: scale.pick(smoke: 1000, standard: 32_768, full: 65_536)
    case .trainingKept: scale.pick(smoke: 1000, standard: 32_768, full: 100_000)
    }
  }
  /// Memory that most machines can spare: 4 GiB.
  var memoryLimit: Int { 4 << 30 }

  // MARK: Evaluation

  /// Short texts, over which the start of each loss curve is averaged.
  var shortTextCount: Int { scale.pick(smoke: 2, standard: 64, full: 128) }
  var shortTextLength: Int { scale.pick(smoke: 256, standard: 1024, full: 1024) }

  /// Lengths at which planted facts are asked for.
  var recallLengths: [Int] {
    scale.pick(
      smoke: [64, 256, 1000], standard: [256, 1024, 4096, 16_384, 100_000],
      full: [512, 1024, 4096, 16_384, 65_536, 100_000])
  }
  var longestRecallLength: Int { recallLengths.max() ?? 0 }
  /// The length of the claim about scores as trained: within what training covers.
  var claimedRecallLength: Int { scale.pick(smoke: 256, standard: 1024, full: 1024) }
  /// Texts per length: at 32 questions each, 256 questions or more from standard scale on.
  func textCount(length: Int) -> Int {
    scale.pick(smoke: 2, standard: length > 4096 ? 8 : 16, full: 16)
  }
  /// Bands of depth in the figure.
  var depthCount: Int { scale.pick(smoke: 4, standard: 8, full: 8) }

  var writtenTokens: Int { scale.pick(smoke: 8, standard: 100, full: 100) }
  var mapSide: Int { scale.pick(smoke: 100, standard: 500, full: 500) }
}
