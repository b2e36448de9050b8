import ArgumentParser
import Calculator

/// The plan of `lab memory`: how the model is used and stored.
struct PlanOptions: ParsableArguments {
  enum Attention: String, CaseIterable, ExpressibleByArgument { case tiled, naive }
  enum Optimizer: String, CaseIterable, ExpressibleByArgument { case adamw, adamw8bit }

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Tokens per sequence, for instance 100000, 100K or 128Ki.")
  var context = "100K"
  @Option(parsing: .unconditional, help: "Sequences (requests) per model.") var batch = 1
  @Flag(help: "Count training; without it, inference.") var training = false
  @Option(help: "tiled (never stores the score matrix) or naive.") var attention: Attention =
    .tiled
  @Option(
    parsing: .unconditional, help: "Tokens that each layer attends to (default: the model's own).")
  var window: String?

  // Inference.
  @Option(
    parsing: .unconditional, help: "Of the context, tokens that are generated; for the time.")
  var newTokens: String?
  @Option(parsing: .unconditional, help: "Tokens at the start that all requests share.")
  var sharedPrefix: String?
  @Option(
    parsing: .unconditional, help: "Tokens of the prompt in one pass, or 'all' (default: 2048).")
  var prefillChunk: String?
  @Option(parsing: .unconditional, help: "Tokens per block of a paged cache (vLLM: 16).")
  var blockTokens: Int?
  @Option(parsing: .unconditional, help: "Bits per weight at inference: 32, 16, 8 or 4.")
  var weightBits: Int?
  @Option(
    help: """
      Format of the weights: 16, 8, fp8, nf4, Q4_K_M (any GGUF kind), awq-4-128, gptq-4-128 \
      (default: as published, or 16).
      """)
  var weights: String?
  @Option(
    parsing: .unconditional,
    help: "Bits per value in the key/value cache: 32, 16, 8 or 4; scales are counted.")
  var cacheBits: Int?
  @Option(help: "Format of the keys: as --cache-bits, or fp8, q8_0, q5_1, q4_0.")
  var keyCache: String?
  @Option(help: "Format of the values.") var valueCache: String?

  // Training.
  @Option(
    parsing: .unconditional,
    help: "Training state: 16, 18 or 20 bytes per weight (mixed precision), or 32 for float32.")
  var state: Int?
  @Option(help: "adamw, or adamw8bit (moments of 8 bits).") var optimizer: Optimizer?
  @Option(help: "What the backward pass recomputes: none, selective, full, or k layers at a time.")
  var recompute: String?
  @Flag(help: "Train with dropout; its masks are stored.") var dropout = false
  @Option(parsing: .unconditional, help: "Train adapters of this rank (LoRA).") var lora: Int?
  @Option(help: "Matrices with adapters: q, k, v, o, gate, up, down (default: all).")
  var loraTargets: String?
  @Flag(help: "Frozen weights in 4 bits (QLoRA); rank 16 unless --lora says another.")
  var qlora = false
  @Option(parsing: .unconditional, help: "Passes whose gradients are added up before a step.")
  var accumulate: Int?
  @Option(
    parsing: .unconditional, help: "Tokens whose logits are computed at a time (default: all).")
  var lossChunk: String?
  @Option(help: "In the host's memory: optimizer, activations, or both with a comma.")
  var offload: String?

  // Devices.
  @Option(
    parsing: .unconditional,
    help: "Devices: tensor parallelism at inference, data parallelism in training.")
  var devices: Int?
  @Option(parsing: .unconditional, help: "Devices that share each matrix.")
  var tensorParallel: Int?
  @Option(parsing: .unconditional, help: "Devices with some of the layers each.")
  var pipelineParallel: Int?
  @Option(parsing: .unconditional, help: "Devices with a part of each sequence.")
  var contextParallel: Int?
  @Flag(help: "With tensor parallelism in training: norms and dropout are divided too.")
  var sequenceParallel = false
  @Option(
    parsing: .unconditional,
    help: "ZeRO stage: 0 none, 1 optimizer state, 2 also gradients, 3 also weights (FSDP).")
  var zero: Int?

  /// The plan of the options for a model, and for the format of its weights if its file states it.
  /// `sizes` says which layers have no window; `deviceCount` is the 2 of `2x4090`.
  func plan(
    of model: (model: ModelShape, format: WeightFormat?), sizes: SizeOptions, deviceCount: Int
  ) throws -> MemoryPlan {
    try checkUse()
    let window = try window.map { try TokenCount($0, of: "--window").value }
    var plan = MemoryPlan(
      model: model.model, use: training ? .training : .inference,
      context: try TokenCount(context, of: "--context").value, batch: batch,
      storesScores: attention == .naive, window: window, recomputation: try recomputation(),
      hasDropout: dropout)
    if let interleaved = try sizes.interleaved(model.model, window: window) {
      (plan.model, plan.window) = (interleaved, nil)
    }
    if training { try setTraining(&plan) } else { try setInference(&plan, model.format) }
    plan.parallelism = try parallelism(deviceCount)
    if let objection = plan.objection { throw PlanError(objection) }
    try checkDevices(of: plan)
    return plan
  }

  /// An option that divides something is an error where nothing is divided.
  private func checkDevices(of plan: MemoryPlan) throws {
    if let zero, zero != 0, plan.parallelism.data * plan.parallelism.context == 1 {
      throw PlanError(
        "--zero \(zero) shares the state among devices with data or context parallelism, and there "
          + "is 1; add --devices")
    }
    if sequenceParallel, plan.parallelism.tensor == 1 {
      throw PlanError("--sequence-parallel needs --tensor-parallel")
    }
  }

  private func setInference(_ plan: inout MemoryPlan, _ format: WeightFormat?) throws {
    let given = [
      weights.map { "--weights \($0)" }, weightBits.map { "--weight-bits \($0)" },
      format.map { _ in "--gguf" },
    ].compactMap { $0 }
    if given.count > 1 {
      throw PlanError("\(given[0]) and \(given[1]) both give a format; leave one out")
    }
    plan.weightFormat =
      try weights.map { try WeightFormat.named($0) }
      ?? weightBits.map { WeightFormat(try NumberFormat.bits($0)) } ?? format
      ?? plan.model.publishedFormat ?? .float16
    plan.weightFormat = plan.weightFormat.resolved(for: plan.model)
    if let cacheBits { plan.cacheFormat = try .bits(cacheBits) }
    if let keyCache { plan.keyFormat = try .cache(named: keyCache) }
    if let valueCache { plan.valueFormat = try .cache(named: valueCache) }
    plan.newTokens = try newTokens.map { try TokenCount($0, of: "--new-tokens").value } ?? 0
    plan.sharedPrefix =
      try sharedPrefix.map { try TokenCount($0, of: "--shared-prefix").value } ?? 0
    plan.blockLength = blockTokens
    plan.prefillChunk =
      prefillChunk == "all"
      ? nil : try TokenCount(prefillChunk ?? "2048", of: "--prefill-chunk").value
  }

  private func setTraining(_ plan: inout MemoryPlan) throws {
    plan.state = try trainingState()
    plan.accumulation = accumulate ?? 1
    plan.lossChunk = try lossChunk.map { try TokenCount($0, of: "--loss-chunk").value }
    for name in offload?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
      guard let state = Offload(rawValue: String(name)) else {
        throw PlanError("--offload \(name); it can be optimizer or activations")
      }
      plan.offload.insert(state)
    }
    if lora != nil || qlora {
      plan.adapters = Adapters(rank: lora ?? 16, baseFormat: qlora ? .nf4 : .float16)
      if let loraTargets {
        plan.adapters?.targets = []
        for name in loraTargets.split(separator: ",", omittingEmptySubsequences: false) {
          guard let target = Adapters.Target(rawValue: String(name)) else {
            throw PlanError("--lora-targets \(name); they can be q, k, v, o, gate, up and down")
          }
          plan.adapters?.targets.insert(target)
        }
      }
    } else if loraTargets != nil {
      throw PlanError("--lora-targets needs --lora or --qlora")
    }
  }

  private func trainingState() throws -> TrainingState {
    let state = self.state ?? 16
    if optimizer == .adamw8bit {
      guard state == 16 else { throw PlanError("--optimizer adamw8bit is for --state 16") }
      return .adam8bit
    }
    if state == 32 { return .float32 }
    guard let found = TrainingState.mixed.first(where: { $0.bytesPerParameter == state }) else {
      throw PlanError(
        "--state \(state); it must be 16, 18 or 20 bytes per weight, or 32 for float32")
    }
    return found
  }

  private func recomputation() throws -> Recomputation {
    switch recompute {
    case nil, "none": return .nothing
    case "selective": return .selective
    case "full": return .full
    case let text?:
      guard let layers = Int(text) else {
        throw PlanError(
          "--recompute \(text); it can be none, selective, full, or a number of layers")
      }
      return .everyKth(layers)
    }
  }

  private func parallelism(_ deviceCount: Int) throws -> Parallelism {
    guard let stage = ZeROStage(rawValue: zero ?? 0) else {
      throw PlanError("--zero \(zero ?? 0); the stages are 0, 1, 2 and 3")
    }
    if let devices, deviceCount > 1, devices != deviceCount {
      throw PlanError("--devices \(devices), but --device names \(deviceCount)")
    }
    let all = devices ?? deviceCount
    let isSplit = tensorParallel != nil || pipelineParallel != nil || contextParallel != nil
    var own = Parallelism(
      tensor: tensorParallel ?? 1, pipeline: pipelineParallel ?? 1, context: contextParallel ?? 1,
      dividesNorms: sequenceParallel, stage: stage)
    for (name, count) in [
      ("--devices", all), ("--tensor-parallel", own.tensor),
      ("--pipeline-parallel", own.pipeline), ("--context-parallel", own.context),
    ] where !(1...1_000_000).contains(count) {
      throw PlanError("\(name) \(count); it must be from 1 to 1,000,000")
    }
    let model = own.tensor * own.pipeline * own.context
    if devices != nil || deviceCount > 1 || !isSplit {
      if !isSplit, !training {
        own.tensor = all
      } else {
        guard all % model == 0 else {
          throw PlanError("\(all) devices cannot be divided into groups of \(model)")
        }
        own.data = all / model
      }
    }
    return own
  }

  /// The options for training only, and whether they are there.
  private var forTraining: [(isGiven: Bool, name: String)] {
    [
      (recompute != nil, "--recompute"), (dropout, "--dropout"), (zero != nil, "--zero"),
      (state != nil, "--state"), (optimizer != nil, "--optimizer"), (lora != nil, "--lora"),
      (loraTargets != nil, "--lora-targets"), (qlora, "--qlora"),
      (accumulate != nil, "--accumulate"), (lossChunk != nil, "--loss-chunk"),
      (offload != nil, "--offload"), (sequenceParallel, "--sequence-parallel"),
    ]
  }

  /// The options for inference only, and whether they are there.
  private var forInference: [(isGiven: Bool, name: String)] {
    [
      (weightBits != nil, "--weight-bits"), (weights != nil, "--weights"),
      (cacheBits != nil, "--cache-bits"), (keyCache != nil, "--key-cache"),
      (valueCache != nil, "--value-cache"), (newTokens != nil, "--new-tokens"),
      (sharedPrefix != nil, "--shared-prefix"), (prefillChunk != nil, "--prefill-chunk"),
      (blockTokens != nil, "--block-tokens"),
    ]
  }

  /// Whether no option of this group was given.
  var isDefault: Bool {
    context == "100K" && batch == 1 && !training && attention == .tiled && window == nil
      && devices == nil && tensorParallel == nil && pipelineParallel == nil
      && contextParallel == nil && !(forTraining + forInference).contains(where: \.isGiven)
  }

  /// An option for training is an error at inference, and the reverse; it is not ignored.
  private func checkUse() throws {
    if training, let wrong = forInference.first(where: \.isGiven) {
      throw PlanError("\(wrong.name) is for inference; leave --training or \(wrong.name) out")
    }
    if !training, let wrong = forTraining.first(where: \.isGiven) {
      throw PlanError("\(wrong.name) is for training; add --training")
    }
    if sharedPrefix != nil, batch == 1 {
      throw PlanError("--shared-prefix is shared by several requests, and there is 1; add --batch")
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
      let number = Double(digits.filter { $0 != "," && $0 != "_" }), number * factor < 1e16,
      // A part of a token is a mistake; 1.4T is a whole number up to the rounding of the product.
      abs(number * factor - (number * factor).rounded()) <= 1e-9 * number * factor
    else {
      throw PlanError(
        "'\(text)' for \(option); write tokens as a whole number: 100000, 100,000, 100K, 128Ki or "
          + "1.4T; a comma separates thousands")
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
