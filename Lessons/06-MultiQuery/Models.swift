import LessonKit
import SmallTransformer
import TensorCore

extension MultiQueryLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) throws -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    let shared = try experiment.sharings.map {
      LessonModel(
        $0.name, try experiment.configuration.with(sharing: $0), schedule: experiment.schedule,
        usesCache: true)
    }
    let widened = try experiment.sharings.dropFirst().map {
      LessonModel("\($0.name), widened", try experiment.widened($0), schedule: experiment.schedule)
    }
    return shared + widened + [
      LessonModel("rolling cache", experiment.rolling, usesCache: true)
    ]
  }
}
