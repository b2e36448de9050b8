import Autograd
import Communication
import SmallTransformer
import TensorCore

/// Training of one model by ranks that hold a part of every sequence each.
///
/// Weights, gradients and the optimizer's state are replicated: every rank has all of them, and
/// gradients are summed over the ranks (all-reduced) before each update. Activations are divided.
/// All ranks make the same calls with the same sequences.
public final class SpreadTrainer {
  /// The model for this rank's tokens.
  public let model: Transformer
  public let attention: SpreadAttention
  public let schedule: TrainingSchedule
  private let communicator: Communicator
  private let optimizer: AdamW
  private let policy: ActivationPolicy
  private var step = 0

  /// - Parameters:
  ///   - configuration: the model for whole sequences.
  ///   - schedule: batch, length of a whole sequence, learning rate.
  ///   - technique: how attention is divided.
  ///   - layout: which tokens each rank has.
  ///   - communicator: the connection to the other ranks.
  ///   - backend: the device of this rank, with its tensors in main memory.
  ///   - seed: of the initial weights, the same on every rank.
  ///   - policy: which activations are kept. Recomputed attention also sends again.
  /// - Throws: `SpreadError` if the sequence or the model cannot be divided.
  public init(
    _ configuration: TransformerConfiguration, _ schedule: TrainingSchedule,
    _ technique: SpreadTechnique, _ layout: SequenceLayout, over communicator: Communicator,
    on backend: any Backend, seed: UInt64, policy: ActivationPolicy = .keepAll
  ) throws(SpreadError) {
    try SpreadError.check(
      technique, layout, rankCount: communicator.rankCount, length: schedule.length,
      heads: configuration.headCount, kvHeads: configuration.kvHeadCount)
    try SpreadError.check(configuration, length: schedule.length)
    attention = try SpreadAttention(
      technique, layout, length: schedule.length, over: communicator, on: backend)
    var own = configuration
    own.positions = SpreadPositions(configuration.positions, attention.share)
    model = Transformer(own, on: backend, seed: seed)
    model.attentionFunction = attention
    self.schedule = schedule
    self.communicator = communicator
    self.policy = policy
    optimizer = AdamW(
      model.parameters, on: backend, weightDecay: schedule.weightDecay,
      clipNorm: schedule.clipNorm)
  }

  /// Computes the loss of whole sequences and its gradient, which is then in the weights of every
  /// rank, the same bits on each.
  ///
  /// Each rank's mean loss is weighted by its part of the targets, so that the sum is the mean over
  /// all of them, also for shares of unequal size.
  ///
  /// - Parameters:
  ///   - inputs: `[batch, length]`, whole sequences, the same on every rank.
  ///   - targets: likewise; negative ones are ignored.
  /// - Returns: the loss in nats per token.
  /// - Precondition: every rank holds a token with a target.
  public func computeGradient(inputs: [Int32], targets: [Int32]) -> Double {
    let (share, backend) = (attention.share, model.backend)
    let own = share.rows(of: targets, batch: schedule.batchCount)
    let weight = Float(own.count { $0 >= 0 }) / Float(targets.count { $0 >= 0 })
    let tape = Tape(backend)
    let mean = model.loss(
      share.rows(of: inputs, batch: schedule.batchCount), targets: own,
      batch: schedule.batchCount, tape: tape, training: TrainingPass(step: step, policy: policy))
    let loss = tape.onHost(mean) { values in
      (values.map { $0 * weight }, { gradients in gradients.map { $0 * weight } })
    }
    let value = backend.read(loss.value)[0]
    tape.backward(from: loss)
    communicator.activity = "the sum of the gradients of the weights"
    for parameter in model.parameters.all {
      if let gradient = parameter.gradient { communicator.allReduce(gradient) }
    }
    return communicator.gathered([value]).reduce(0) { $0 + Double($1[0]) }
  }

  /// One training step.
  ///
  /// - Returns: the loss before the update, in nats per token, and the norm of the gradient.
  public func takeStep(inputs: [Int32], targets: [Int32]) -> (loss: Double, gradientNorm: Double) {
    step += 1
    let loss = computeGradient(inputs: inputs, targets: targets)
    let norm = optimizer.update(learningRate: Float(schedule.schedule.rate(step: step)))
    return (loss, Double(norm))
  }
}
