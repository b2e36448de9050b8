import ArgumentParser
import CPUBackend
import Communication
import Foundation
import SequenceParallel

/// A command that all ranks run together.
protocol RankCommand: ParsableCommand {
  mutating func run(in session: RankSession) throws
}

extension RankCommand {
  /// Not called: `main` runs it in the session.
  mutating func run() throws {}
}

/// The ranks of `mpiexec`.
struct LabRank: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lab-rank",
    abstract: "One sequence, divided over the processes that mpiexec starts.",
    discussion: """
      Rank 0 prints lines of JSON: the ranks, a line per repetition or step, and the report. For \
      instance: mpiexec -n 4 lab-rank attention --layout zigzag --length 4096

      Exit codes: 64 wrong usage, 65 different programs, 69 no MPI or no device, 75 a rank was lost \
      or the memory ran out; after a signal, mpiexec gives its own.
      """,
    subcommands: [AttentionCommand.self, TrainCommand.self])
}

extension SpreadTechnique: ExpressibleByArgument {}
extension SequenceLayout: ExpressibleByArgument {}
extension TrainingTrial.Positions: ExpressibleByArgument {}

/// Options of every command.
struct RankOptions: ParsableArguments {
  @Option(help: "Threads of each rank.")
  var threads = 1
  @Option(help: "Seconds after which a rank that waits for another gives up.")
  var timeOut = 60.0

  func validate() throws {
    try requirePositive(["--threads": threads])
    guard timeOut > 0 else { throw ValidationError("--time-out must be positive.") }
  }
}

struct AttentionCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "attention",
    abstract: "Attention, forward and backward, compared with one process.")

  @Option(help: "ring, all-gather or ulysses.") var technique = SpreadTechnique.ring
  @Option(help: "contiguous, zigzag or striped.") var layout = SequenceLayout.zigzag
  @Option(help: "Tokens of the whole sequence.") var length = 1024
  @Option(help: "Sequences.") var batch = 1
  @Option(help: "Query heads.") var heads = 4
  @Option(help: "Key/value heads; as many as query heads if not given.") var kvHeads: Int?
  @Option(help: "Elements of a head.") var headDim = 32
  @Option(help: "A window of this many tokens.") var window: Int?
  @Flag(help: "Add ALiBi's bias to the scores.") var alibi = false
  @Flag(inversion: .prefixedNo, help: "Send the next block while computing.") var overlap = true
  @Flag(inversion: .prefixedNo, help: "Compare with one process.") var compare = true
  @Option(help: "How often it is computed.") var repeats = 1
  @Option(help: "The seed of the random inputs.") var seed: UInt64 = 1
  @OptionGroup var options: RankOptions

  func validate() throws {
    try requirePositive([
      "--length": length, "--batch": batch, "--heads": heads, "--kv-heads": kvHeads ?? 1,
      "--head-dim": headDim, "--window": window ?? 1, "--repeats": repeats,
    ])
    try requireSharing(heads: heads, kvHeads: kvHeads)
  }

  mutating func run(in session: RankSession) throws {
    var trial = AttentionTrial()
    (trial.technique, trial.layout, trial.overlaps) = (technique, layout, overlap)
    (trial.length, trial.batchCount, trial.seed) = (length, batch, seed)
    (trial.headCount, trial.kvHeadCount, trial.headDim) = (heads, kvHeads ?? heads, headDim)
    (trial.window, trial.hasSlopes) = (window, alibi)
    (trial.repeatCount, trial.compares) = (repeats, compare)
    try trial.check(rankCount: session.connection.rankCount)
    let communicator = try session.communicator(timeOut: options.timeOut)
    communicator.resetCounters()
    let report = try trial.run(
      over: communicator, on: try CPUBackend(threadCount: options.threads)
    ) { [repeats] in try? session.write(RankProgress(finished: $0, of: repeats)) }
    try session.write(report)
  }
}

struct TrainCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Training steps of a small transformer, compared with one process.")

  @Option(help: "ring, all-gather or ulysses.") var technique = SpreadTechnique.ring
  @Option(help: "contiguous, zigzag or striped.") var layout = SequenceLayout.zigzag
  @Option(help: "Tokens of a whole sequence.") var length = 256
  @Option(help: "Sequences per step.") var batch = 1
  @Option(help: "Layers.") var layers = 2
  @Option(help: "Width of the model.") var modelDim = 64
  @Option(help: "Query heads.") var heads = 4
  @Option(help: "Key/value heads; as many as query heads if not given.") var kvHeads: Int?
  @Option(help: "rotary, alibi, sinusoidal or none.") var positions = TrainingTrial.Positions.rotary
  @Option(help: "A window of this many tokens.") var window: Int?
  @Flag(help: "Recompute each layer in the backward pass.") var recompute = false
  @Flag(inversion: .prefixedNo, help: "Compare with one process.") var compare = true
  @Option(help: "Training steps.") var steps = 2
  @Option(help: "The seed of weights and tokens.") var seed: UInt64 = 1
  @OptionGroup var options: RankOptions

  func validate() throws {
    try requirePositive([
      "--length": length, "--batch": batch, "--layers": layers, "--model-dim": modelDim,
      "--heads": heads, "--kv-heads": kvHeads ?? 1, "--window": window ?? 1, "--steps": steps,
    ])
    try requireSharing(heads: heads, kvHeads: kvHeads)
    guard modelDim % (2 * heads) == 0 else {
      throw ValidationError(
        "--model-dim \(modelDim) must be a multiple of twice the \(heads) heads, so that the "
          + "elements of a head form pairs.")
    }
  }

  mutating func run(in session: RankSession) throws {
    var trial = TrainingTrial()
    (trial.technique, trial.layout, trial.length) = (technique, layout, length)
    (trial.batchCount, trial.layerCount, trial.modelDim) = (batch, layers, modelDim)
    (trial.headCount, trial.kvHeadCount) = (heads, kvHeads ?? heads)
    (trial.positions, trial.window, trial.recomputes) = (positions, window, recompute)
    (trial.stepCount, trial.seed, trial.compares) = (steps, seed, compare)
    try trial.check(rankCount: session.connection.rankCount)
    let communicator = try session.communicator(timeOut: options.timeOut)
    communicator.resetCounters()
    let report = try trial.run(
      over: communicator, on: try CPUBackend(threadCount: options.threads)
    ) { [steps] in try? session.write(RankProgress(finished: $0, of: steps)) }
    try session.write(report)
  }
}

/// - Throws: `ValidationError` for the first option that is not positive.
func requirePositive(_ options: KeyValuePairs<String, Int>) throws {
  for (name, value) in options where value <= 0 {
    throw ValidationError("\(name) is \(value); it must be positive.")
  }
}

func requireSharing(heads: Int, kvHeads: Int?) throws {
  let kvHeads = kvHeads ?? heads
  guard heads % kvHeads == 0 else {
    throw ValidationError("\(heads) heads cannot share \(kvHeads) key/value heads evenly.")
  }
}
