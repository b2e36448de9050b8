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
    @WholeBytes var bytesRead: Double
    let seconds: Double?
  }

  struct Term: Encodable {
    let name: String
    @WholeBytes var bytes: Double
    let formula: String
  }

  /// Why a largest number is null or not.
  enum Limit: String, Encodable {
    case found
    /// Not even one token, or one sequence.
    case none = "nothing fits"
    case unlimited = "everything fits"
  }

  struct Way: Encodable {
    let turnOn: [String]
    @WholeBytes var totalBytes: Double
    let isExact: Bool
    let cost: String
  }

  struct Saving: Encodable {
    let technique: String
    @WholeBytes var savedBytes: Double
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

  /// All devices: 'RTX 4090', '2 × RTX 4090', '2 devices of 24 GB'.
  var devices: String {
    let (count, name) = (plan.deviceCount, device.name)
    guard count > 1 else { return name }
    let unnamed = "a device of "
    return name.hasPrefix(unnamed)
      ? "\(count) devices of \(name.dropFirst(unnamed.count))" : "\(count) × \(name)"
  }

  /// What the plan, the device and the price assume.
  var assumptions: [String] {
    var all = plan.assumptions
    all.insert(
      "Device: \(device.name), with \(Quantity.bytes.text(device.bytes)) (\(device.source)).", at: 1
    )
    if let training {
      all.append(
        "Price: $\(Quantity.plain.text(training.price)) per hour, and "
          + "\(Quantity.percent.text(palmUtilization)) of the peak, as in the training of PaLM 540B "
          + "(Chowdhery et al., 2022, section 4.1).")
    }
    return all
  }

  private func limit(_ largest: Int?, fitsLeast: Bool) -> Limit {
    largest != nil ? .found : fitsLeast ? .unlimited : .none
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
    case savings, fewestDevices, assumptions, training, longestContextIs, largestBatchIs
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
    try container.encode(
      model.hasExperts ? Int(model.activeParameterCount.rounded()) : model.parameterCount,
      forKey: .activeParameters)
    try container.encode(model.groups, forKey: .layers)
    try container.encode(model.modelDim, forKey: .width)
    try container.encode(model.vocabularyCount, forKey: .vocabulary)
    try container.encode(model.tiesEmbedding, forKey: .tied)
    try container.encode(plan.use, forKey: .use)
    try container.encode(plan.context, forKey: .context)
    try container.encode(plan.batch, forKey: .batch)
    try container.encode(device.name, forKey: .device)
    try container.encode(WholeBytes(wrappedValue: device.bytes), forKey: .deviceBytes)
    try container.encode(device.source, forKey: .deviceSource)
    try container.encode(plan.deviceCount, forKey: .devices)
    try container.encode(plan.parallelism, forKey: .parallelism)
    try encodePlan(container.nestedContainer(keyedBy: PlanKeys.self, forKey: .plan))
    let terms = estimate.terms.map { Term(name: $0.name, bytes: $0.bytes, formula: $0.formula) }
    try container.encode(terms, forKey: .terms)
    // The sum of the terms as they are printed.
    try container.encode(
      WholeBytes(wrappedValue: terms.reduce(0) { $0 + $1.bytes.rounded(.up) }), forKey: .totalBytes)
    try container.encode(estimate.peak.name, forKey: .peak)
    try container.encode(WholeBytes(wrappedValue: estimate.hostBytes), forKey: .hostBytes)
    try container.encode(fits, forKey: .fits)
    try container.encode(longestContext, forKey: .longestContext)
    try container.encode(limit(longestContext, fitsLeast: fits), forKey: .longestContextIs)
    try container.encode(largestBatch, forKey: .largestBatch)
    try container.encode(limit(largestBatch, fitsLeast: fits), forKey: .largestBatchIs)
    try container.encode(work, forKey: .work)
    try container.encode(waysToFit, forKey: .waysToFit)
    try container.encode(savings, forKey: .savings)
    try container.encode(fewest?.plan.deviceCount, forKey: .fewestDevices)
    try container.encode(assumptions, forKey: .assumptions)
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

/// Bytes, which JSON has as a whole number, rounded up.
@propertyWrapper
struct WholeBytes: Encodable {
  let wrappedValue: Double

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let whole = Int(exactly: wrappedValue.rounded(.up)) {
      try container.encode(whole)
    } else {
      try container.encode(wrappedValue)
    }
  }
}

extension Parallelism {
  /// 'data parallelism over 512, ZeRO-3: weights too'; nil for one device.
  var scheme: String? { summary.map { String($0.drop { $0 != ":" }.dropFirst(2)) } }
}
