import Corpora
import LessonKit
import SmallTransformer
import TensorCore

/// Section "Train short, fine-tune longer": one model, on a book in which facts are planted.
extension HundredThousandLesson {
  func trainModel(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus
  ) throws -> TrainedModel {
    let task = experiment.task
    let lengths = TrainingStage.allCases.map { experiment.schedule($0).length }
    notebook.heading("Train short, fine-tune longer")
    notebook.say(
      """
      The model of the following sections learns two things at once: to predict the next byte of a \
      book, and to answer questions about facts that are planted in it. A planted token states \
      that one of \(task.keyCount) keys has one of \(task.valueCount) values. Later a question \
      token names a key, and the model must answer with its value. A text has many such needles. \
      The question tells which one is meant.
      """)
    notebook.show("lesson", in: "Sources/Corpora/Tasks/PlantedFacts.swift", focus: "let mayAsk")
    notebook.say(
      """
      In a long text, untrained attention gives the right token too little weight to learn from. \
      So training goes from short texts to long ones. It begins with texts of \
      \(experiment.schedule(.short).length) tokens. Here the window layers see only \
      \(experiment.firstWindow) tokens, so that only the global layer can learn the look-up. Then \
      come texts of \(experiment.schedule(.longer).length) tokens with the real windows. Last come \
      a few texts of \(experiment.schedule(.fineTuning).length) tokens. For these every layer is \
      computed again in the backward pass.
      """)
    return try notebook.step(
      "train-model", "Train in stages: \(lengths.map(String.init).joined(separator: ", ")) tokens"
    ) {
      let short = try train(.short, from: nil, notebook, experiment, book)
      let longer = try train(.longer, from: short, notebook, experiment, book)
      return try train(.fineTuning, from: longer, notebook, experiment, book)
    }
  }

  private func train(
    _ stage: TrainingStage, from start: TrainedModel?, _ notebook: Notebook,
    _ experiment: Experiment, _ book: Corpus
  ) throws -> TrainedModel {
    let (task, schedule) = (experiment.task, experiment.schedule(stage))
    let (statements, questions) = experiment.planted(in: schedule.length)
    guard book.training.count > schedule.length + 1 else {
      throw CorpusError.tooShort(
        text: book.name, partBytes: book.training.count, neededBytes: schedule.length + 2)
    }
    var generator = SeededGenerator(seed: notebook.seed, stream: "planted, \(schedule.length)")
    return try notebook.train(
      stage.name, experiment.configuration(stage), schedule,
      material: """
        \(task.identity), \(statements) statements and \(questions) questions in \(book.checksum)
        """,
      startingFrom: start, policy: stage.policy
    ) {
      let texts = (0..<schedule.batchCount).map { _ in
        let begin =
          book.training.lowerBound
          + generator.integer(below: book.training.count - schedule.length - 1)
        return task.lesson(
          book.bytes[begin...begin + schedule.length], length: schedule.length,
          statements: statements, questions: questions, &generator)
      }
      return (texts.flatMap(\.inputs), texts.flatMap(\.targets))
    }
  }
}
