import SmallTransformer
import TensorCore

/// A transformer that a lesson trains or reads with, as the lesson builds it.
public struct LessonModel {
  public let name: String
  public let configuration: TransformerConfiguration
  /// How it is trained; nil where the lesson only reads with it.
  public let schedule: TrainingSchedule?
  public let policy: ActivationPolicy
  /// Whether tokens are read one after another, with a cache.
  public let usesCache: Bool
  /// Which tokens took which layer since this was last asked; nil where all take all.
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

  /// Equal lines compute the same.
  public var identity: String { "\(configuration.identity); \(policy.name)" }
}

/// Which rows of `[batch · seq]` a routed layer took, and the scores, one a row, that it chose by.
public struct RoutingChoice {
  public let rows: [Int32]
  public let scores: [Float]

  public init(rows: [Int32], scores: [Float]) {
    self.rows = rows
    self.scores = scores
  }
}
