import LessonKit
import TensorCore

extension FlashTilingLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    return [LessonModel("reader", experiment.configuration, schedule: experiment.schedule)]
  }
}
