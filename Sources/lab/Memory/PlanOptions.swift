import ArgumentParser
import Calculator

/// What a plan of `lab memory` is made of, besides its model.
struct PlanOptions: ParsableArguments {
  enum Attention: String, CaseIterable, ExpressibleByArgument { case tiled, naive }
  enum Recompute: String, CaseIterable, ExpressibleByArgument { case none, selective, full }

  @Option(name: .shortAndLong, help: "Tokens of one sequence: 100000, 100K, 128Ki.")
  var context = "100K"
  @Option(parsing: .unconditional, help: "Sequences on one device.") var batch = 1
  @Flag(help: "Training; without it the model only reads and writes.") var training = false
  @Option(help: "tiled never stores the score matrix, naive does.") var attention: Attention =
    .tiled
  @Option(help: "Every layer sees only the last so many tokens.") var window: String?
  @Option(parsing: .unconditional, help: "Bits of a weight of a model that reads: 32, 16, 8 or 4.")
  var weightBits = 16
  @Option(
    parsing: .unconditional,
    help: "Bits of a number in the cache: 32, 16, 8 or 4; scales are counted.")
  var cacheBits = 16
  @Option(
    parsing: .unconditional,
    help: "Bytes of training state a weight: 16, 18 or 20, mixed; 32 for 32-bit numbers.")
  var state = 16
  @Option(help: "What training computes again: none, selective or full.")
  var recompute: Recompute = .none
  @Flag(help: "Training with dropout, whose masks are stored.") var dropout = false
  @Option(parsing: .unconditional, help: "Devices that share the work.") var devices = 1
  @Option(
    parsing: .unconditional,
    help: "What ZeRO spreads over them: 0 nothing, 1 optimizer, 2 gradients, 3 weights.")
  var zero = 0

  func plan(of model: ModelShape) throws -> MemoryPlan {
    guard let stage = ZeROStage(rawValue: zero) else {
      throw PlanError("--zero \(zero); the stages are 0, 1, 2 and 3")
    }
    let plan = MemoryPlan(
      model: model, use: training ? .training : .inference,
      context: try TokenCount(context, of: "--context").value, batch: batch,
      storesScores: attention == .naive,
      window: try window.map { try TokenCount($0, of: "--window").value },
      weightFormat: try .bits(weightBits), cacheFormat: try .bits(cacheBits),
      state: try trainingState(), recomputation: recomputation, hasDropout: dropout,
      stage: stage, deviceCount: devices)
    if let objection = plan.objection { throw PlanError(objection) }
    try requireUse()
    return plan
  }

  private func trainingState() throws -> TrainingState {
    if state == 32 { return .float32 }
    guard let found = TrainingState.mixed.first(where: { $0.bytesPerParameter == state }) else {
      throw PlanError(
        "--state \(state); it is 16, 18 or 20 bytes a weight, or 32 for 32-bit numbers")
    }
    return found
  }

  private var recomputation: Recomputation {
    switch recompute {
    case .none: .nothing
    case .selective: .selective
    case .full: .full
    }
  }

  /// What belongs to the other use is not dropped in silence.
  private func requireUse() throws {
    let forTraining = [
      (recompute != .none, "--recompute"), (dropout, "--dropout"), (zero != 0, "--zero"),
      (state != 16, "--state"),
    ]
    let forReading = [(weightBits != 16, "--weight-bits"), (cacheBits != 16, "--cache-bits")]
    if training, let wrong = forReading.first(where: \.0) {
      throw PlanError("\(wrong.1) is for a model that reads; leave --training or \(wrong.1) out")
    }
    if !training, let wrong = forTraining.first(where: \.0) {
      throw PlanError("\(wrong.1) is for training; add --training")
    }
  }
}
