import LessonKit
import SmallTransformer
import TensorCore

extension RecomputationLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    let compared = [AttentionKind.tiled, .naive].flatMap { attention in
      experiment.policies(layerCount: experiment.trainedDepth).map { policy in
        LessonModel(
          "\(attention.rawValue), \(policy.name)", experiment.trained(attention),
          schedule: experiment.trainedPolicies.contains(policy) && attention == .tiled
            ? experiment.schedule : nil, policy: policy)
      }
    }
    let deep = [ActivationPolicy.keepAll, .squareRoot].map {
      LessonModel(
        "\(experiment.depth) layers, \($0.name)",
        experiment.configuration(layerCount: experiment.depth), policy: $0)
    }
    let selective = experiment.selectiveKinds.map { name, dropout, attention in
      LessonModel(
        "long, \(name)", experiment.selective(dropout: dropout, attention), policy: .selective)
    }
    return compared + deep + selective
  }
}
