import SmallTransformer
import TensorCore

/// A transformer of a lesson, as the lesson builds it.
public struct LessonModel {
  public let name: String
  public let configuration: TransformerConfiguration
  /// How it is trained; nil for a model that is only evaluated.
  public let schedule: TrainingSchedule?
  public let policy: ActivationPolicy
  /// Whether it decodes token by token, with a KV cache.
  public let usesCache: Bool
  /// The rows that routed layers have chosen since the last call; nil for a model without routing.
  public let choices: (() -> [RoutingChoice])?

  public init(
    _ name: String, _ configuration: TransformerConfiguration, schedule: TrainingSchedule? = nil,
    policy: ActivationPolicy = .keepAll, usesCache: Bool = false,
    choices: (() -> [RoutingChoice])? = nil
  ) {
    self.name = name
    self.configuration = configuration
    self.schedule = schedule
    self.policy = policy
    self.usesCache = usesCache
    self.choices = choices
  }

  /// Models with equal identities compute the same results.
  public var identity: String { "\(configuration.identity); \(policy.name)" }
}

/// The rows of `[batch · seq]` that a routed layer chose, and the router's score of every row.
public struct RoutingChoice {
  public let rows: [Int32]
  public let scores: [Float]

  public init(rows: [Int32], scores: [Float]) {
    self.rows = rows
    self.scores = scores
  }
}
