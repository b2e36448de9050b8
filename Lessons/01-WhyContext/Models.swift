import LessonKit
import TensorCore

extension WhyContextLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    return [
      LessonModel("reader", experiment.configuration, schedule: experiment.schedule),
      LessonModel("small model of its own", experiment.ownConfiguration),
      LessonModel("rule reader", experiment.ruleConfiguration, schedule: experiment.ruleSchedule),
    ]
  }
}
