import LessonKit
import SmallTransformer
import TensorCore

extension PositionsLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    let trained = experiment.schemes.map {
      LessonModel($0.name, experiment.configuration($0), schedule: experiment.schedule)
    }
    let small = LessonModel(
      "sinusoidal, small tokens", experiment.drownedTokens, schedule: experiment.schedule)
    let fineTuned = experiment.fineTunedSchemes.map {
      LessonModel(
        "\($0.name), fine-tuned", experiment.configuration($0),
        schedule: experiment.fineTuning(from: experiment.schedule))
    }
    let long = LessonModel(
      "RoPE at \(experiment.stretchedLength)", experiment.configuration(.asTrained),
      schedule: experiment.stretchedSchedule)
    let stretched = Stretch.allCases.map {
      LessonModel(
        "RoPE, \($0.rawValue), fine-tuned", experiment.configuration($0),
        schedule: experiment.fineTuning(from: experiment.stretchedSchedule))
    }
    let narrowed = experiment.narrowedSchemes.map {
      LessonModel("\($0.name), window T", experiment.narrowed($0))
    }
    let recall = experiment.recallSchemes.map {
      LessonModel(
        "\($0.name), recall", experiment.recallConfiguration($0),
        schedule: experiment.recallSchedule)
    }
    return trained + [small] + fineTuned + [long] + stretched + narrowed + recall
  }
}
