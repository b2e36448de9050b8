import Autograd
import Corpora
import SmallTransformer

/// A story as training pairs without any context: each fact and each link becomes the question that
/// it answers, with its answer.
package struct TextPairs {
  package let questions: [FactStory.Question]
  package let answers: [Int32]

  package init(_ story: [FactStory.Sentence], _ task: FactStory) {
    questions = story.compactMap { sentence in
      switch sentence {
      case .fact(let name, _): .value(of: name)
      case .link(let from, _): .friend(of: from)
      case .filler: nil
      }
    }
    answers = questions.map { task.answer($0, from: story) ?? -1 }
  }
}

/// Trains a model on one story, so that its facts go into the weights.
struct TextTraining {
  let task: FactStory
  let stepCount: Int
  let peakLearningRate: Double
  /// Steps after which the model is examined.
  let examinedSteps: [Int]

  func schedule(_ pairs: TextPairs) -> TrainingSchedule {
    TrainingSchedule(
      batchCount: pairs.questions.count, length: 1, stepCount: stepCount,
      peakLearningRate: peakLearningRate, warmUpSteps: 1)
  }

  /// Takes the steps and examines the model before the first and after some of them. Every sequence
  /// is one token, the question: the model has no context.
  ///
  /// - Returns: the exams, and the first step after which `knowsAll`, with the exam at that step; nil
  ///   if there is none.
  func run<Exam>(
    _ model: Transformer, on pairs: TextPairs, examine: () -> Exam, knowsAll: () -> Bool
  ) throws -> (exams: [Exam], learned: (step: Int, exam: Exam)?) {
    var exams = [examine()]
    var learned: (step: Int, exam: Exam)?
    // lesson: begin steps
    let tokens = pairs.questions.map(task.token)
    _ = try Trainer(model, schedule(pairs)).run {
      (tokens, pairs.answers)
    } report: { progress in
      if learned == nil, knowsAll() { learned = (progress.step, examine()) }
      if examinedSteps.contains(progress.step) { exams.append(examine()) }
    }
    // lesson: end steps
    return (exams, learned)
  }
}
