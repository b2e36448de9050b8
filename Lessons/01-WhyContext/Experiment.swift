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

  /// No positions: a fact is found by its name, wherever it is in the context. Two layers, one for
  /// each look-up of a chain.
  var configuration: TransformerConfiguration {
    reading(
      .gpt(
        vocabularyCount: task.vocabularyCount,
        modelDim: scale.pick(smoke: 16, standard: 32, full: 96),
        layerCount: 2, headCount: scale.pick(smoke: 2, standard: 4, full: 6),
        positions: NoPositions()))
  }
  var schedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 2, standard: 16, full: 16), length: longest + questionsPerStory,
      stepCount: scale.pick(smoke: 4, standard: 10_000, full: 20_000), peakLearningRate: 4e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 40, full: 100))
  }
  /// Training questions after a whole story.
  var questionsPerStory: Int { 24 }
  /// Models of each kind, trained from different seeds.
  var seedCount: Int { scale.pick(smoke: 2, standard: 3, full: 3) }
  /// Questions for each kind, length and method, and each seed.
  var questionCount: Int { scale.pick(smoke: 12, standard: 200, full: 1000) }
  /// Sentences of the story for which the page shows the attention.
  var shownLength: Int { 16 }
  /// Sentences and people of the story that the page draws.
  var drawnLength: Int { 12 }
  var drawnPeople: Int { 5 }

  // MARK: The text in the weights

  /// Stories that a copy of each reader is trained on, one at a time, and their length.
  var learnedStories: Int { scale.pick(smoke: 2, standard: 24, full: 48) }
  var learnedLength: Int { scale.pick(smoke: 16, standard: 32, full: 64) }
  var fineTuning: TextTraining {
    textTraining(
      scale.pick(smoke: [1, 4], standard: [1, 2, 4, 8, 16, 32, 64], full: [1, 4, 16, 64]),
      peakLearningRate: 2e-3)
  }
  /// It begins with random weights, so it takes more steps.
  var ownTraining: TextTraining {
    textTraining(
      scale.pick(smoke: [1, 4], standard: [1, 4, 8, 16, 32, 64, 128], full: [1, 4, 16, 64, 256]),
      peakLearningRate: 1e-2)
  }
  private func textTraining(_ steps: [Int], peakLearningRate: Double) -> TextTraining {
    TextTraining(
      task: task, stepCount: steps.last ?? 1, peakLearningRate: peakLearningRate,
      examinedSteps: steps)
  }
  /// Questions about other stories, which show what fine-tuning forgets.
  var otherQuestions: Int { scale.pick(smoke: 8, standard: 64, full: 200) }
  /// The small model of one's own: a tenth of the reader's width or less.
  var ownConfiguration: TransformerConfiguration {
    reading(
      .gpt(
        vocabularyCount: task.vocabularyCount, modelDim: 16, layerCount: 1, headCount: 1,
        positions: NoPositions()))
  }

  // MARK: Learning in the context

  var rule: RuleByExample {
    RuleByExample(
      symbolCount: 6, noise: 0.5, exampleCount: scale.pick(smoke: 8, standard: 32, full: 64))
  }
  var ruleConfiguration: TransformerConfiguration {
    var configuration = lean(
      .gpt(
        vocabularyCount: rule.vocabularyCount,
        modelDim: scale.pick(smoke: 16, standard: 32, full: 64), layerCount: 2, headCount: 2,
        positions: NoPositions()))
    // With the usual 0.02, two of three seeds did not learn the rule.
    configuration.embeddingInitStd = 0.5
    return configuration
  }
  var ruleSchedule: TrainingSchedule {
    TrainingSchedule(
      batchCount: scale.pick(smoke: 4, standard: 16, full: 64), length: rule.length,
      stepCount: scale.pick(smoke: 4, standard: 2000, full: 4000), peakLearningRate: 4e-3,
      warmUpSteps: scale.pick(smoke: 2, standard: 20, full: 50))
  }
  var ruleSequences: Int { scale.pick(smoke: 32, standard: 1024, full: 4096) }

  /// A model whose tokens are sentences, and whose classes are the answers.
  private func reading(_ configuration: TransformerConfiguration) -> TransformerConfiguration {
    var reading = lean(configuration)
    reading.fixedEmbedding = SentenceEmbedding(task, width: reading.modelDim).fixed
    reading.classCount = task.answerCount
    return reading
  }

  /// RMSNorm and no biases: the smallest decoder that does the task.
  private func lean(_ configuration: TransformerConfiguration) -> TransformerConfiguration {
    var lean = configuration
    lean.norm = .rmsNorm
    lean.hasBiases = false
    return lean
  }
}
