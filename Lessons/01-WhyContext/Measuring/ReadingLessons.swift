import Corpora
import TensorCore

/// The training sequences of the reader: questions about stories that it sees whole, and about
/// stories of which it sees what a work-around shows.
struct ReadingLessons {
  let task: FactStory
  let batchCount: Int
  let stepCount: Int
  let storyLengths: [Int]
  let budget: Int
  /// Questions after a whole story.
  let questionCount: Int
  /// Everything but the seed that decides the sequences.
  let identity: String
  private let vectors = WordVectors()
  private var generator: SeededGenerator
  private var step = 0

  init(_ experiment: Experiment, seed: UInt64) {
    task = experiment.task
    batchCount = experiment.schedule.batchCount
    stepCount = experiment.schedule.stepCount
    storyLengths = experiment.storyLengths
    budget = experiment.budget
    questionCount = experiment.questionsPerStory
    identity =
      "\(task.identity), lengths \(storyLengths), short ones first, \(questionCount) questions, a quarter "
      + "shortened to \(budget)"
    generator = SeededGenerator(seed: seed, stream: "stories")
  }

  /// The next batch: in three of four steps whole stories of one length, in the fourth the contexts
  /// of the work-arounds.
  mutating func next() -> (inputs: [Int32], targets: [Int32]) {
    step += 1
    let lengths = storyLengths.prefix(lengthCount(atShare: Double(step) / Double(stepCount)))
    let length = lengths[generator.integer(below: lengths.count)]
    let sequences = (0..<batchCount).map { _ in
      step % 4 == 0 ? shortened() : whole(length: length)
    }
    return (sequences.flatMap(\.inputs), sequences.flatMap(\.targets))
  }

  /// Short stories come first: a model learns to find a fact, and to follow a link, among 8 sentences
  /// much sooner than among 64. With half as many steps, and longer stories sooner, one of three seeds
  /// did not learn chains.
  private func lengthCount(atShare done: Double) -> Int {
    let count = done < 0.35 ? 1 : done < 0.65 ? 2 : done < 0.82 ? 3 : storyLengths.count
    return min(count, storyLengths.count)
  }

  private mutating func story(length: Int) -> [FactStory.Sentence] {
    let people = 2 + generator.integer(below: task.mostPeople(in: length) - 1)
    return task.story(length: length, people: people, &generator)
  }

  private mutating func whole(length: Int) -> (inputs: [Int32], targets: [Int32]) {
    let story = story(length: length)
    let questions = task.trainingQuestions(questionCount, about: story, &generator)
    return task.sequence(story, asking: questions, about: story)
  }

  /// What a work-around shows for one question, then that question and others. Answers are those of
  /// the whole story: where the context lacks one, the model learns to guess well.
  private mutating func shortened() -> (inputs: [Int32], targets: [Int32]) {
    let story = story(length: storyLengths[generator.integer(below: storyLengths.count)])
    let kinds = FactStory.QuestionKind.allCases
    let question = task.question(
      kinds[generator.integer(below: kinds.count)], about: story, &generator)
    let methods = Method.workArounds
    let method = methods[generator.integer(below: methods.count)]
    // A story is longer than the budget, so no method fails.
    let context =
      (try? method.context(of: story, for: question, budget: budget, vectors, &generator)) ?? story
    let others = task.trainingQuestions(Self.otherQuestions, about: story, &generator).map {
      // What was retrieved for one question is fair for another only if it answers that one too.
      !method.knowsQuestion || task.answer($0, from: context) == task.answer($0, from: story)
        ? $0 : question
    }
    return task.sequence(context, asking: [question] + others, about: story)
  }

  private static let otherQuestions = 7
}
