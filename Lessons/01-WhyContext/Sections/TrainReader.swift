import Corpora
import LessonKit
import TensorCore

/// The section "The reader": the models that answer questions about stories.
extension WhyContextLesson {
  /// One reader for each seed.
  func trainReaders(_ notebook: Notebook, _ experiment: Experiment) throws -> [Reader] {
    let configuration = experiment.configuration
    notebook.heading("The reader")
    notebook.say(
      """
      The reader is a transformer of \(configuration.layerCount) layers and width \
      \(configuration.modelDim), one layer for each look-up that a chain needs. A sentence is one \
      token, and so is a question, which the model answers at once among the answers of its kind. \
      The vector of a sentence is the sum of the vectors of its words; it is given, and everything \
      else is trained. The model has no position information: it finds a fact by its name, wherever \
      the fact is.
      """)
    notebook.say(
      """
      A model can answer only from what it has learned to read. So a quarter of the training \
      shows it contexts as the work-arounds of the next section make them: \(experiment.budget) \
      sentences, often without the answer. There it learns to guess. The rest are whole stories of \
      \(experiment.storyLengths.first ?? 0) to \(experiment.longest) sentences. Train \
      \(experiment.seedCount) readers, from different seeds.
      """)
    notebook.show("shortened", in: "Measuring/ReadingLessons.swift", focus: "let methods")
    let trained = try notebook.step(
      "train-reader", "Train on whole and shortened stories, short ones first"
    ) {
      try notebook.seeds(experiment.seedCount).map { seed in
        var lessons = ReadingLessons(experiment, seed: seed)
        return try notebook.train(
          "reader, seed \(seed)", configuration, experiment.schedule,
          material: lessons.identity, seed: seed
        ) {
          lessons.next()
        }
      }
    }
    return trained.map { Reader(model: $0.model, task: experiment.task) }
  }
}
