import LessonKit
import TensorCore

extension MemoryAt100KLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    return experiment.training.map {
      LessonModel($0.name, $0.configuration, schedule: $0.schedule, policy: $0.policy)
    }
      + experiment.decoding.map { LessonModel($0.name, $0.configuration, usesCache: $0.hasCache) }
  }
}
