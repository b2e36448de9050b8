import ArgumentParser
import Calculator

/// The plan of `lab memory`: how the model is used and stored.
struct PlanOptions: ParsableArguments {
  enum Attention: String, CaseIterable, ExpressibleByArgument { case tiled, naive }
  enum Recompute: String, CaseIterable, ExpressibleByArgument { case none, selective, full }

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Tokens per sequence, for instance 100000, 100K or 128Ki.")
  var context = "100K"
  @Option(parsing: .unconditional, help: "Sequences per device.") var batch = 1
  @Flag(help: "Count training; without it, inference.") var training = false
  @Option(help: "tiled (never stores the score matrix) or naive.") var attention: Attention =
    .tiled
  @Option(parsing: .unconditional, help: "Tokens that each layer attends to (default: all).")
  var window: String?
  @Option(parsing: .unconditional, help: "Bits per weight at inference: 32, 16, 8 or 4.")
  var weightBits = 16
  @Option(
    parsing: .unconditional,
    help: "Bits per value in the key/value cache: 32, 16, 8 or 4; scales are counted.")
  var cacheBits = 16
  @Option(
    parsing: .unconditional,
    help: "Training state: 16, 18 or 20 bytes per weight (mixed precision), or 32 for float32.")
  var state = 16
  @Option(help: "What the backward pass recomputes: none, selective or full.")
  var recompute: Recompute = .none
  @Flag(help: "Train with dropout; its masks are stored.") var dropout = false
  @Option(parsing: .unconditional, help: "Number of devices.") var devices = 1
  @Option(
    parsing: .unconditional,
    help: "ZeRO stage: 0 none, 1 optimizer state, 2 also gradients, 3 also weights.")
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
    try checkUse()
    if zero != 0, devices == 1 {
      throw PlanError(
        "--zero \(zero) shares the state among devices, and there is 1; add --devices")
    }
    return plan
  }

  /// Whether every option has its default value.
  var isDefault: Bool {
    context == "100K" && batch == 1 && !training && attention == .tiled && window == nil
      && weightBits == 16 && cacheBits == 16 && state == 16 && recompute == .none && !dropout
      && devices == 1 && zero == 0
  }

  private func trainingState() throws -> TrainingState {
    if state == 32 { return .float32 }
    guard let found = TrainingState.mixed.first(where: { $0.bytesPerParameter == state }) else {
      throw PlanError(
        "--state \(state); it must be 16, 18 or 20 bytes per weight, or 32 for float32")
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

  /// An option for training is an error at inference, and the reverse; it is not ignored.
  private func checkUse() throws {
    let forTraining = [
      (recompute != .none, "--recompute"), (dropout, "--dropout"), (zero != 0, "--zero"),
      (state != 16, "--state"),
    ]
    let forInference = [(weightBits != 16, "--weight-bits"), (cacheBits != 16, "--cache-bits")]
    if training, let wrong = forInference.first(where: \.0) {
      throw PlanError("\(wrong.1) is for inference; leave --training or \(wrong.1) out")
    }
    if !training, let wrong = forTraining.first(where: \.0) {
      throw PlanError("\(wrong.1) is for training; add --training")
    }
  }
}

/// A plan for `lab memory` that is not possible.
struct PlanError: UsageError {
  let description: String

  init(_ reason: String) { description = "Invalid plan: \(reason)." }
}

/// A number of tokens as people write it: `100000`, `100,000`, `100K`, `128Ki`, `1.4T`.
///
/// K, M, G and T are powers of 1,000; Ki and Mi are powers of 1,024. The decimal sign is a point.
/// A comma separates groups of three digits: `1,4T` is not 14T, but a mistake.
struct TokenCount: Equatable {
  let value: Int

  init(_ text: String, of option: String) throws(PlanError) {
    let digits = text.prefix { $0.isASCII && $0.isNumber || "._,".contains($0) }
    let unit = text.dropFirst(digits.count).uppercased()
    let units: [String: Double] = [
      "": 1, "K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9, "T": 1e12, "KI": 1024, "MI": 1024 * 1024,
    ]
    guard Self.hasWholeGroups(digits), let factor = units[unit],
      let number = Double(digits.filter { $0 != "," && $0 != "_" }), number * factor < 1e16
    else {
      throw PlanError(
        "'\(text)' for \(option); write tokens as 100000, 100,000, 100K, 128Ki or 1.4T")
    }
    value = Int((number * factor).rounded())
  }

  /// Whether every comma separates a group of three digits: `1,400,000`, `1,400.5`.
  private static func hasWholeGroups(_ digits: Substring) -> Bool {
    let whole = digits.prefix { $0 != "." }
    guard !digits.dropFirst(whole.count).contains(",") else { return false }
    let groups = whole.split(separator: ",", omittingEmptySubsequences: false)
    return groups.count == 1
      || (1...3).contains(groups[0].count) && groups.dropFirst().allSatisfy { $0.count == 3 }
  }
}
