import LessonKit
import SmallTransformer
import TensorCore

/// How query heads share keys and values in this lesson, in the order of its tables.
package enum Sharing: String, CaseIterable, Codable, Sendable {
  case multiHead = "multi-head"
  case grouped
  case multiQuery = "multi-query"

  package var scheme: KeyValueSharing {
    switch self {
    case .multiHead: .multiHead
    case .grouped: .grouped(2)
    case .multiQuery: .multiQuery
    }
  }

  package var name: String { scheme.name }
}

/// The models whose quality is compared, in the order of the table.
package enum QualityModel: String, CaseIterable, Sendable {
  case multiHead = "multi-head"
  case grouped
  case multiQuery = "multi-query"
  /// The feed-forward layer is widened until the model has as many weights as multi-head.
  case multiQueryWidened = "multi-query-widened"

  package var sharing: Sharing {
    switch self {
    case .multiHead: .multiHead
    case .grouped: .grouped
    case .multiQuery, .multiQueryWidened: .multiQuery
    }
  }

  package var name: String {
    self == .multiQueryWidened ? "multi-query, as many weights" : sharing.name
  }

  /// Short enough for an axis.
  var tickName: String { self == .multiQueryWidened ? "widened" : sharing.name }
}

/// How long a converted model has been trained after the conversion.
package enum ConversionStage: String, CaseIterable, Sendable {
  case before
  /// A twentieth of the original steps, as in the paper.
  case twentieth
  case tenth
}

extension Experiment {
  var configuration: TransformerConfiguration {
    .llama(
      modelDim: scale.pick(smoke: 32, standard: 64, full: 128),
      layerCount: scale.pick(smoke: 1, standard: 2, full: 4),
      headCount: scale.pick(smoke: 4, standard: 4, full: 8))
  }

  func configuration(_ sharing: Sharing) throws -> TransformerConfiguration {
    try configuration.with(sharing: sharing.scheme)
  }

  func configuration(_ model: QualityModel) throws -> TransformerConfiguration {
    switch model {
    case .multiHead, .grouped, .multiQuery: try configuration(model.sharing)
    case .multiQueryWidened: try widened(model.sharing)
    }
  }

  /// A model with shared heads whose feed-forward layer is so wide that it has as many weights as the
  /// multi-head model (Shazeer, 2019).
  private func widened(_ sharing: Sharing) throws -> TransformerConfiguration {
    var wide = try configuration(sharing)
    let saved = 2 * (configuration.headCount - wide.kvHeadCount) * configuration.headDim
    // A hidden unit has one column in each of three matrices: as many weights as three columns of
    // the key and value projections.
    wide.feedForwardDim += (saved + 1) / 3
    return wide
  }

  var rolling: TransformerConfiguration {
    configuration.with(pattern: SlidingWindow(rollingWindow))
  }
}

extension MultiQueryLesson {
  public static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) throws -> [LessonModel] {
    let experiment = Experiment(scale: scale)
    let compared = try QualityModel.allCases.map {
      LessonModel(
        $0.name, try experiment.configuration($0), schedule: experiment.schedule,
        usesCache: $0 != .multiQueryWidened)
    }
    return compared + [LessonModel("rolling cache", experiment.rolling, usesCache: true)]
  }
}
