import Corpora
import LessonKit
import SmallTransformer

/// The sizes of this lesson at each scale.
struct Experiment {
  let scale: Scale

  // MARK: Stories

  var task: FactStory {
    FactStory(
      nameCount: scale.pick(smoke: 6, standard: 8, full: 12),
      valueCount: scale.pick(smoke: 4, standard: 4, full: 8), fillerCount: 32)
  }
  /// Sentences in a story. Training uses all of these lengths, so that none is new in the
  /// evaluation.
  var storyLengths: [Int] {
    scale.pick(smoke: [8, 16], standard: [8, 16, 32, 64], full: [8, 16, 32, 64, 128, 256])
  }
  var longest: Int { storyLengths.last ?? 0 }
  /// How many sentences a method may show the model, except for the whole story.
  var budget: Int { scale.pick(smoke: 4, standard: 4, full: 6) }
  /// One person per name, or fewer where a short story has no room for all.
  func people(in length: Int) -> Int { task.mostPeople(in: length) }

  /// No positions: a fact is found by its name, wherever it is in the context. So one model can
  /// read a whole story, a truncated one and a few retrieved sentences.
  var configuration: TransformerConfiguration {
    lean(
      .gpt(
        vocabularyCount: task.vocabularyCount,
        modelDim: scale.pick(smoke: 16, standard: 64, full: 96),
        layerCount: 3, headCount: 2, positions: NoPositions()))
  }
  var schedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 2, standard: 8, full: 16), length: longest + 32,
      stepCount: scale.pick(smoke: 4, standard: 3500, full: 12_000), peakLearningRate: 2e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 40, full: 100))
  }
  /// Story lengths to train on when this share of the training is done. Short stories come first: a
  /// model learns to find a fact among 8 sentences much sooner than among 64.
  func storyLengths(atShare done: Double) -> [Int] {
    let count = done < 0.35 ? 2 : done < 0.6 ? storyLengths.count - 1 : storyLengths.count
    return Array(storyLengths.prefix(max(2, count)))
  }
  /// Questions for each kind, length and method.
  var questionCount: Int { scale.pick(smoke: 12, standard: 400, full: 1000) }
  /// Sentences of the story for which the page shows the attention.
  var shownLength: Int { 16 }

  // MARK: Learning in the context

  var rule: RuleByExample {
    RuleByExample(
      symbolCount: 8, noise: 0.5, exampleCount: scale.pick(smoke: 8, standard: 32, full: 64))
  }
  var ruleConfiguration: TransformerConfiguration {
    lean(
      .gpt(
        vocabularyCount: rule.vocabularyCount,
        modelDim: scale.pick(smoke: 16, standard: 64, full: 64), layerCount: 2, headCount: 2,
        positions: NoPositions()))
  }
  var ruleSchedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 4, standard: 32, full: 64), length: rule.length,
      stepCount: scale.pick(smoke: 4, standard: 1500, full: 4000), peakLearningRate: 2e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 20, full: 50))
  }
  var ruleSequences: Int { scale.pick(smoke: 32, standard: 1024, full: 4096) }

  /// RMSNorm and no biases: the smallest decoder that does the task.
  private func lean(_ configuration: TransformerConfiguration) -> TransformerConfiguration {
    var lean = configuration
    lean.norm = .rmsNorm
    lean.hasBiases = false
    return lean
  }
}
