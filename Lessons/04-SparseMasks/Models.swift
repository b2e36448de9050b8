import LessonKit
import TensorCore

extension SparseMasksLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) -> [LessonModel] {
    let experiment = Experiment(scale: scale, seed: seed)
    let recall = experiment.recallPatterns.map { _, pattern in
      LessonModel(
        "recall, \(pattern.name)", experiment.recallConfiguration.with(pattern: pattern),
        schedule: experiment.recallSchedule)
    }
    let text = experiment.textPatterns.map { _, pattern in
      LessonModel(
        "text, \(pattern.name)", experiment.textConfiguration.with(pattern: pattern),
        schedule: experiment.textSchedule, usesCache: true)
    }
    let sinks = LessonModel(
      "text, learned sinks", SinkKind.learned.configuration(experiment),
      schedule: experiment.textSchedule, usesCache: true)
    return recall + text + [sinks]
  }
}
