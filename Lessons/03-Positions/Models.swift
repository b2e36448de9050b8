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
    let stretched = experiment.fineTunedScalings.map {
      LessonModel(
        "RoPE + \($0.name), fine-tuned", experiment.configuration(Rotary(scaling: $0)),
        schedule: experiment.fineTuning)
    }
    let read = experiment.multiples.flatMap { multiple in
      experiment.scalings(multiple: multiple).compactMap { scaling in
        scaling.map {
          LessonModel(
            "RoPE + \($0.name), read at \(multiple) T",
            experiment.configuration(Rotary(scaling: $0)))
        }
      }
    }
    let narrow = experiment.narrowedSchemes.map {
      LessonModel(
        "\(experiment.schemes[$0].name), window T", experiment.narrowed(experiment.schemes[$0]))
    }
    return trained + stretched + read + narrow
  }
}
