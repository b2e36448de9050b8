import LessonKit
import SmallTransformer
import TensorCore

extension CostLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    let patterns: [any AttentionPattern] = [Bidirectional(), Causal()]
    return [LessonModel("sinusoidal", experiment.configuration, schedule: experiment.schedule)]
      + experiment.countedWidths.flatMap { width in
        patterns.map { pattern in
          LessonModel(
            "counted, width \(width), \(pattern.name)",
            experiment.counted(width: width, layerCount: 2, pattern))
        }
      }
  }
}
