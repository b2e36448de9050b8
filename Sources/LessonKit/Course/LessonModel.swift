import SmallTransformer
import TensorCore

/// A transformer that a lesson trains or reads with, as the lesson builds it.
package struct LessonModel {
  package let name: String
  package let configuration: TransformerConfiguration
  /// How it is trained; nil where the lesson only reads with it.
  package let schedule: TrainingSchedule?
  package let policy: ActivationPolicy
  /// Whether tokens are read one after another, with a cache.
  package let usesCache: Bool
  /// Which tokens took which layer since this was last asked; nil where all take all.
  package let choices: (() -> [RoutingChoice])?

  package init(
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
  package var identity: String { "\(configuration.identity); \(policy.name)" }
}

/// Which rows of `[batch · seq]` a routed layer took, and the scores, one a row, that it chose by.
package struct RoutingChoice {
  package let rows: [Int32]
  package let scores: [Float]

  package init(rows: [Int32], scores: [Float]) {
    self.rows = rows
    self.scores = scores
  }
}

/// A lesson that runs transformers: every lesson of the course.
package protocol ModelLesson: Lesson {
  /// Every model of its page at a scale, from the same sizes that the page takes: what a device has
  /// to agree on with the processor. Each call builds them anew; the backend only counts.
  static func models(
    at scale: Scale, seed: UInt64, on backend: any Backend
  ) throws -> [LessonModel]
}
