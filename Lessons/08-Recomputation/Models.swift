import LessonKit
import SmallTransformer
import TensorCore

/// The policies under which the same model is trained.
enum TrainedPolicy: String, CaseIterable {
  case keepAll = "keep-all"
  case full

  var policy: ActivationPolicy {
    switch self {
    case .keepAll: .keepAll
    case .full: .full
    }
  }
}

/// The policies whose bytes are measured by depth, in the order of the table.
package enum DepthPolicy: String, CaseIterable, Sendable {
  case keepAll = "keep-all"
  case squareRoot = "square-root"
  case full
  case revolve

  package var policy: ActivationPolicy {
    switch self {
    case .keepAll: .keepAll
    case .squareRoot: .squareRoot
    case .full: .full
    case .revolve: .revolve(snapshots: 3)
    }
  }
}

/// The kinds of attention with which selective recomputation is measured, in the order of the table.
package enum AttentionVariant: String, CaseIterable, Sendable {
  case naiveWithDropout = "naive-with-dropout"
  case naive
  case tiledWithDropout = "tiled-with-dropout"

  package var name: String {
    switch self {
    case .naiveWithDropout: "naive, dropout"
    case .naive: "naive"
    case .tiledWithDropout: "tiled"
    }
  }
}

extension RecomputationLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    let trainedPolicies = TrainedPolicy.allCases.map(\.policy)
    let compared = [AttentionKind.tiled, .naive].flatMap { attention in
      experiment.policies(layerCount: experiment.trainedDepth).map { policy in
        LessonModel(
          "\(attention.rawValue), \(policy.name)", experiment.trained(attention),
          schedule: trainedPolicies.contains(policy) && attention == .tiled
            ? experiment.schedule : nil, policy: policy)
      }
    }
    let deep = [ActivationPolicy.keepAll, .squareRoot].map {
      LessonModel(
        "\(experiment.depth) layers, \($0.name)",
        experiment.configuration(layerCount: experiment.depth), policy: $0)
    }
    let selective = AttentionVariant.allCases.map {
      LessonModel("long, \($0.name)", experiment.selective($0), policy: .selective)
    }
    return compared + deep + selective
  }
}
