import Autograd
import Foundation
import TensorCore

/// The hyperparameters of a training run: batch, length, learning rate, weight decay, clipping.
public struct TrainingSchedule: Hashable, Codable, Sendable {
  /// Sequences per step.
  public var batchCount: Int
  /// Tokens per sequence.
  public var length: Int
  public var schedule: LearningRateSchedule
  public var weightDecay: Float = 0.1
  /// The largest global norm of the gradients; larger gradients are scaled down to it.
  public var clipNorm: Float = 1

  public var stepCount: Int { schedule.totalSteps }
  public var tokensPerStep: Int { batchCount * length }

  /// - Precondition: counts are positive.
  public init(
    batchCount: Int, length: Int, stepCount: Int, peakLearningRate: Double,
    warmUpSteps: Int? = nil
  ) {
    precondition(
      batchCount > 0 && length > 0 && stepCount > 0,
      "training: batch \(batchCount), length \(length), steps \(stepCount); all must be positive")
    self.batchCount = batchCount
    self.length = length
    schedule = LearningRateSchedule(
      peak: peakLearningRate, warmUpSteps: warmUpSteps ?? max(1, stepCount / 10),
      totalSteps: stepCount)
  }

  /// Every setting in one line.
  public var identity: String {
    "batch \(batchCount), length \(length), \(schedule), decay \(weightDecay), clip \(clipNorm)"
  }
}

/// The progress of a training run after a step.
public struct TrainingProgress: Sendable {
  public let step: Int
  public let stepCount: Int
  /// Mean cross entropy of this step's batch, in nats per token.
  public let loss: Double
  /// The global norm of the gradients before clipping.
  public let gradientNorm: Double
  public let learningRate: Double
  public let tokensPerSecond: Double
  /// The estimated wall time of the remaining steps.
  public let secondsLeft: Double
}

/// The training loop: batch, forward pass, backward pass, AdamW update.
public final class Trainer {
  public let model: Transformer
  public let schedule: TrainingSchedule
  private let optimizer: AdamW
  private let policy: ActivationPolicy
  private let dropoutSeed: UInt64
  private var step = 0

  /// The policy decides which activations each step keeps. It changes memory and time, but no
  /// result. Dropout masks follow from `dropoutSeed` and the step.
  public init(
    _ model: Transformer, _ schedule: TrainingSchedule, policy: ActivationPolicy = .keepAll,
    dropoutSeed: UInt64 = 0
  ) {
    self.model = model
    self.policy = policy
    self.dropoutSeed = dropoutSeed
    self.schedule = schedule
    optimizer = AdamW(
      model.parameters, on: model.backend, weightDecay: schedule.weightDecay,
      clipNorm: schedule.clipNorm)
  }

  /// One step on a batch of `schedule.batchCount` sequences.
  ///
  /// - Returns: the loss before the update, in nats per token, and the norm of the gradient.
  /// - Complexity: 6 FLOPs per weight and token, plus attention.
  public func takeStep(inputs: [Int32], targets: [Int32]) -> (loss: Double, gradientNorm: Double) {
    step += 1
    let tape = Tape(model.backend)
    let loss = model.loss(
      inputs, targets: targets, batch: schedule.batchCount, tape: tape,
      training: TrainingPass(dropoutSeed: dropoutSeed, step: step, policy: policy))
    let value = Double(model.backend.read(loss.value)[0])
    tape.backward(from: loss)
    let norm = optimizer.update(learningRate: Float(schedule.schedule.rate(step: step)))
    return (value, Double(norm))
  }

  /// Runs all steps of the schedule.
  ///
  /// - Parameters:
  ///   - nextBatch: returns inputs and targets of the next step.
  ///   - report: called after each step. If it throws, the run stops with that error.
  /// - Returns: the loss of each step's batch, in nats.
  /// - Throws: the errors of `report`, and `TrainingError.diverged` if the loss is not finite.
  public func run(
    nextBatch: () -> (inputs: [Int32], targets: [Int32]),
    report: (TrainingProgress) throws -> Void = { _ in }
  ) throws -> [Double] {
    var losses: [Double] = []
    let start = DispatchTime.now().uptimeNanoseconds
    while step < schedule.stepCount {
      let batch = nextBatch()
      let (loss, norm) = takeStep(inputs: batch.inputs, targets: batch.targets)
      losses.append(loss)
      guard loss.isFinite else { throw TrainingError.diverged(step: step) }
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
      try report(
        TrainingProgress(
          step: step, stepCount: schedule.stepCount, loss: loss, gradientNorm: norm,
          learningRate: schedule.schedule.rate(step: step),
          tokensPerSecond: Double(losses.count * schedule.tokensPerStep) / seconds,
          secondsLeft: seconds / Double(losses.count) * Double(schedule.stepCount - step)))
    }
    model.parameters.releaseGradients()
    return losses
  }
}

/// A training run that failed.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  case diverged(step: Int)

  public var description: String {
    switch self {
    case .diverged(let step):
      "Training diverged: the loss of step \(step) is not finite. Lower the learning rate."
    }
  }
}
