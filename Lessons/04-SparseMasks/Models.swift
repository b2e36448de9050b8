import LessonKit
import TensorCore

extension SparseMasksLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) -> [LessonModel] {
    let experiment = Experiment(scale: scale, seed: seed)
    return experiment.recallPatterns.map {
      LessonModel(
        "recall, \($0.name)", experiment.recallConfiguration.with(pattern: $0),
        schedule: experiment.recallSchedule)
    }
      + experiment.textPatterns.map {
        LessonModel(
          "text, \($0.name)", experiment.textConfiguration.with(pattern: $0),
          schedule: experiment.textSchedule)
      }
      + [
        LessonModel(
          "stream", experiment.textConfiguration, schedule: experiment.streamSchedule,
          usesCache: true)
      ]
  }
}
