import Corpora
import LessonKit
import TensorCore

/// The section "The reader": the model that answers questions about stories.
extension WhyContextLesson {
  func trainReader(_ notebook: Notebook, _ experiment: Experiment) throws -> Reader {
    let (task, schedule) = (experiment.task, experiment.schedule)
    notebook.heading("The reader")
    notebook.say(
      """
      The reader is a transformer of \(experiment.configuration.layerCount) layers and width \
      \(experiment.configuration.modelDim). In training it gets a story of up to \
      \(experiment.longest) sentences, then questions. Each question is one token, and the model \
      answers it at once. The model has no position information: it finds a fact by its name, \
      wherever the fact is. So one model can read a whole story, a truncated one, or a few \
      retrieved sentences. Only the context differs.
      """)
    let trained = try notebook.step(
      "train-reader", "Train on stories of every length, short ones first"
    ) {
      var generator = SeededGenerator(seed: notebook.seed, stream: "stories")
      var step = 0
      return try notebook.train(
        "reader", experiment.configuration, schedule,
        material: "\(task.identity), lengths \(experiment.storyLengths), short first"
      ) {
        let lengths = experiment.storyLengths(
          atShare: Double(step) / Double(schedule.stepCount))
        step += 1
        let lessons = (0..<schedule.batchCount).map { _ in
          task.lesson(
            length: schedule.length, storyLength: lengths[generator.integer(below: lengths.count)],
            &generator)
        }
        return (lessons.flatMap(\.inputs), lessons.flatMap(\.targets))
      }
    }
    return Reader(model: trained.model, task: task)
  }
}
