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
    let fineTuned = experiment.fineTunedStretches.map {
      LessonModel(
        "RoPE, \($0.rawValue), fine-tuned",
        experiment.configuration($0, multiple: experiment.fineTunedMultiple),
        schedule: experiment.fineTuning)
    }
    let stretched = experiment.multiples.filter { $0 > 1 }.flatMap { multiple in
      Stretch.allCases.filter { $0 != .asTrained }.map { stretch in
        LessonModel(
          "RoPE, \(stretch.rawValue), at \(multiple) T",
          experiment.configuration(stretch, multiple: multiple))
      }
    }
    let narrowed = experiment.narrowedSchemes.map {
      LessonModel("\($0.name), window T", experiment.narrowed($0))
    }
    return trained + fineTuned + stretched + narrowed
  }
}
