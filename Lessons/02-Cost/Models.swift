import LessonKit
import SmallTransformer
import TensorCore

extension CostLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    let counted = experiment.countedWidths.flatMap { width in
      Mask.allCases.map { mask in
        LessonModel(
          "counted, width \(width), \(mask.pattern.name)",
          experiment.counted(width: width, layerCount: 2, mask))
      }
    }
    return [LessonModel("sinusoidal", experiment.configuration, schedule: experiment.schedule)]
      + counted
  }
}
