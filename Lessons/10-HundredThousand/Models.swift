import LessonKit
import SmallTransformer
import TensorCore

extension HundredThousandLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    let chosen = experiment.chosen.configuration
    let compared = experiment.schemes.map {
      LessonModel($0.name, $0.configuration, schedule: experiment.comparison)
    }
    let stages = [
      LessonModel("short texts", experiment.narrow, schedule: experiment.first),
      LessonModel("longer texts", chosen, schedule: experiment.second, usesCache: true),
      LessonModel("fine-tuned", chosen, schedule: experiment.fineTuning, policy: .full),
      LessonModel(
        "sharpened", chosen.with(pattern: experiment.sharpened(at: experiment.longest)),
        usesCache: true),
    ]
    let passages = experiment.passages.map { passage in
      switch passage.use {
      case .reading(let keepsCache):
        LessonModel(passage.name, passage.configuration, usesCache: keepsCache)
      case .training(let policy, _):
        LessonModel(passage.name, passage.configuration, policy: policy)
      }
    }
    return compared + stages + passages
  }
}
