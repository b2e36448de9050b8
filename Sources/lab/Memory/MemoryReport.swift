import Calculator
import LessonKit

/// The memory and the time of one plan on one device. `--json` prints this, with every assumption.
struct MemoryReport: Encodable {
  struct Training {
    let tokens: Double
    let price: Double
  }

  struct Work: Encodable {
    let name: String
    let flops: Double
    let bytesRead: Double
    let seconds: Double?
  }

  struct Way: Encodable {
    let turnOn: [String]
    let totalBytes: Double
    let isExact: Bool
    let cost: String
  }

  struct Saving: Encodable {
    let technique: String
    let savedBytes: Double
    let cost: String
  }

  let plan: MemoryPlan
  let device: Device
  let training: Training?
  /// Whether the device is this machine, so that adding devices is not an option.
  let isThisMachine: Bool
  let estimate: MemoryEstimate
  let fits: Bool
  let longestContext: Int?
  let largestBatch: Int?
  /// Up to four sets of techniques that make it fit, the least intrusive first; empty if it fits.
  let waysToFit: [Way]
  /// What single techniques save; empty if the plan fits.
  let savings: [Saving]
  /// The plan on the fewest devices that are enough; nil if one device was asked for and is enough,
  /// or if no number is.
  let fewest: FewestDevices?

  init(plan: MemoryPlan, device: Device, isThisMachine: Bool = false, training: Training? = nil) {
    self.plan = plan
    self.device = device
    self.isThisMachine = isThisMachine
    self.training = training
    estimate = plan.estimate
    let fits = estimate.total <= device.bytes
    self.fits = fits
    longestContext = plan.longestContext(within: device.bytes)
    largestBatch = plan.largestBatch(within: device.bytes)
    waysToFit =
      fits
      ? []
      : plan.waysToFit(device.bytes, onOneDevice: isThisMachine).prefix(4).map { way in
        Way(
          turnOn: way.map(Self.name), totalBytes: plan.with(way)?.estimate.total ?? .nan,
          isExact: way.allSatisfy(\.isExact), cost: (way.map(\.cost).max() ?? .free).name)
      }
    savings =
      fits
      ? []
      : plan.savings(within: device.bytes, onOneDevice: isThisMachine).map {
        Saving(
          technique: Self.name($0.technique), savedBytes: $0.bytes, cost: $0.technique.cost.name)
      }
    fewest =
      isThisMachine || fits && plan.deviceCount == 1
      ? nil : plan.onFewestDevices(of: device.bytes)
  }

  var work: [Work] {
    WorkEstimate(plan, on: device).lines.map {
      Work(name: $0.name, flops: $0.flops, bytesRead: $0.bytes, seconds: $0.seconds)
    }
  }

  private static func name(_ technique: Technique) -> String {
    technique.name + (technique.lesson.map { " (lesson \($0))" } ?? "")
  }

  /// The options that give the plan on the fewest devices.
  var fewestOptions: String {
    guard let parallelism = fewest?.plan.parallelism else { return "" }
    let isTraining = plan.use == .training
    let all = [
      ("devices", isTraining && parallelism.data > 1 ? parallelism.deviceCount : 1),
      ("tensor-parallel", parallelism.tensor), ("pipeline-parallel", parallelism.pipeline),
      ("context-parallel", parallelism.context),
      ("zero", parallelism.stage == .nothing ? 1 : parallelism.stage.rawValue),
    ]
    let counts = all.filter { $0.1 > 1 }.map { "--\($0.0) \($0.1)" }
    return (counts + (parallelism.dividesNorms ? ["--sequence-parallel"] : []))
      .joined(separator: " ")
  }

  /// The cost of the whole training; nil if `training` is nil.
  var cost: (flops: Double, deviceHours: Double?, dollars: Double?)? {
    training.map {
      plan.trainingPrice(tokens: $0.tokens, on: device, dollarsPerHour: $0.price)
    }
  }

  // MARK: JSON

  private enum CodingKeys: String, CodingKey {
    case model, modelSource, parameters, activeParameters, layers, width, vocabulary, tied
    case use, context, batch, device, deviceBytes, deviceSource, devices, parallelism, plan
    case terms, totalBytes, peak, hostBytes, fits, longestContext, largestBatch, work, waysToFit
    case savings, fewestDevices, assumptions, training
  }

  private enum PlanKeys: String, CodingKey {
    case storesScores, window, newTokens, sharedPrefix, prefillChunk, blockTokens, weightFormat
    case keyFormat, valueFormat, state, recomputation, dropout, adapters, accumulation, lossChunk
    case offload, accounting
  }

  private enum TrainingKeys: String, CodingKey {
    case tokens, flops, deviceHours, dollars, utilization
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let model = plan.model
    try container.encode(model.name, forKey: .model)
    try container.encode(model.source, forKey: .modelSource)
    try container.encode(model.parameterCount, forKey: .parameters)
    try container.encode(model.activeParameterCount, forKey: .activeParameters)
    try container.encode(model.groups, forKey: .layers)
    try container.encode(model.modelDim, forKey: .width)
    try container.encode(model.vocabularyCount, forKey: .vocabulary)
    try container.encode(model.tiesEmbedding, forKey: .tied)
    try container.encode(plan.use, forKey: .use)
    try container.encode(plan.context, forKey: .context)
    try container.encode(plan.batch, forKey: .batch)
    try container.encode(device.name, forKey: .device)
    try container.encode(device.bytes, forKey: .deviceBytes)
    try container.encode(device.source, forKey: .deviceSource)
    try container.encode(plan.deviceCount, forKey: .devices)
    try container.encode(plan.parallelism, forKey: .parallelism)
    try encodePlan(container.nestedContainer(keyedBy: PlanKeys.self, forKey: .plan))
    try container.encode(estimate.terms, forKey: .terms)
    try container.encode(estimate.total, forKey: .totalBytes)
    try container.encode(estimate.peak.name, forKey: .peak)
    try container.encode(estimate.hostBytes, forKey: .hostBytes)
    try container.encode(fits, forKey: .fits)
    try container.encode(longestContext, forKey: .longestContext)
    try container.encode(largestBatch, forKey: .largestBatch)
    try container.encode(work, forKey: .work)
    try container.encode(waysToFit, forKey: .waysToFit)
    try container.encode(savings, forKey: .savings)
    try container.encode(fewest?.plan.deviceCount, forKey: .fewestDevices)
    try container.encode(plan.assumptions, forKey: .assumptions)
    guard let cost else { return }
    var inner = container.nestedContainer(keyedBy: TrainingKeys.self, forKey: .training)
    try inner.encode(training?.tokens, forKey: .tokens)
    try inner.encode(cost.flops, forKey: .flops)
    try inner.encode(cost.deviceHours, forKey: .deviceHours)
    try inner.encode(cost.dollars, forKey: .dollars)
    try inner.encode(palmUtilization, forKey: .utilization)
  }

  private func encodePlan(_ container: KeyedEncodingContainer<PlanKeys>) throws {
    var container = container
    try container.encode(plan.storesScores, forKey: .storesScores)
    try container.encode(plan.window, forKey: .window)
    try container.encode(plan.accounting, forKey: .accounting)
    if plan.use == .training {
      try container.encode(plan.state, forKey: .state)
      try container.encode(plan.recomputation.name, forKey: .recomputation)
      try container.encode(plan.hasDropout, forKey: .dropout)
      try container.encode(plan.adapters, forKey: .adapters)
      try container.encode(plan.accumulation, forKey: .accumulation)
      try container.encode(plan.lossChunk, forKey: .lossChunk)
      try container.encode(plan.offload.map(\.rawValue).sorted(), forKey: .offload)
    } else {
      try container.encode(plan.newTokens, forKey: .newTokens)
      try container.encode(plan.sharedPrefix, forKey: .sharedPrefix)
      try container.encode(plan.prefillChunk, forKey: .prefillChunk)
      try container.encode(plan.blockLength, forKey: .blockTokens)
      try container.encode(plan.weightFormat, forKey: .weightFormat)
      try container.encode(plan.keyFormat, forKey: .keyFormat)
      try container.encode(plan.valueFormat, forKey: .valueFormat)
    }
  }
}
