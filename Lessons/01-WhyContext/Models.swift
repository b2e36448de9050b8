import LessonKit
import TensorCore

extension WhyContextLesson: ModelLesson {
  package static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    return [
      LessonModel("reader", experiment.configuration, plan: experiment.plan),
      LessonModel("rule reader", experiment.ruleConfiguration, plan: experiment.rulePlan),
    ]
  }
}
