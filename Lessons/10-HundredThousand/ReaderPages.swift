import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// One model, trained short and fine-tuned longer, on a book in which facts are planted.
extension HundredThousandLesson {
  func trainReader(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws -> TrainedModel {
    let task = experiment.task
    let (first, second, third) = (experiment.first, experiment.second, experiment.fineTuning)
    notebook.heading("Train short, fine-tune longer")
    notebook.say(
      """
      The model that goes on is to do two things at once: predict the next byte of a book, and \
      answer for facts that are planted in it. A planted token says that one of \(task.keyCount) \
      keys has one of \(task.valueCount) values; later a question names a key. There are many \
      needles, and the question decides which one is meant.
      """)
    notebook.show("lesson", in: "Sources/Corpora/Tasks/PlantedFacts.swift")
    notebook.say(
      """
      A look-up through the global layer is hard to find by chance in a long text, so training goes \
      from short to long: texts of \(first.length) tokens with windows of \(experiment.firstWindow) \
      only, so that no window can do it; then texts of \(second.length) with the real windows; then \
      a few of \(third.length), where every layer is computed again in the backward pass.
      """)
    let chosen = experiment.chosen.configuration
    return try notebook.step(
      "Three stages: \(first.length), \(second.length), \(third.length) tokens"
    ) {
      let short = try train(
        notebook, experiment, book, "short texts", experiment.narrow, first, from: nil)
      let middle = try train(
        notebook, experiment, book, "longer texts", chosen, second, from: short)
      return try train(
        notebook, experiment, book, "fine-tuned", chosen, third, from: middle, policy: .full)
    }
  }

  private func train(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ name: String,
    _ configuration: TransformerConfiguration, _ schedule: TrainingSchedule,
    from start: TrainedModel?,
    policy: ActivationPolicy = .keepAll
  ) throws -> TrainedModel {
    let task = experiment.task
    let (statements, questions) = experiment.planted(in: schedule.length)
    guard book.training.count > schedule.length + 1 else {
      throw CorpusError.tooShort(
        text: book.name, partBytes: book.training.count, neededBytes: schedule.length + 2)
    }
    var generator = SeededGenerator(seed: notebook.seed, stream: "planted, \(schedule.length)")
    return try notebook.train(
      name, configuration, schedule,
      material: """
        \(task.identity), \(statements) statements and \(questions) questions in \(book.checksum)
        """,
      startingFrom: start, policy: policy
    ) {
      let texts = (0..<schedule.batchCount).map { _ in
        let place =
          book.training.lowerBound
          + generator.integer(below: book.training.count - schedule.length - 1)
        return task.lesson(
          book.bytes[place...place + schedule.length], length: schedule.length,
          statements: statements,
          questions: questions, &generator)
      }
      return (texts.flatMap(\.inputs), texts.flatMap(\.targets))
    }
  }
}
