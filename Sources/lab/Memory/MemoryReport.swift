import Calculator
import LessonKit

/// The memory and the time of one plan on one device. `--json` prints this.
struct MemoryReport: Encodable {
  struct Training {
    let tokens: Double
    let price: Double
  }

  struct Work: Encodable {
    let name: String
    let flops: Double
    let bytesRead: Double
    let seconds: Double
  }

  struct Way: Encodable {
    let turnOn: [String]
    let totalBytes: Double
    let isExact: Bool
  }

  let plan: MemoryPlan
  let device: Device
  let training: Training?
  /// Whether the device is this machine, so that adding devices is not an option.
  let isThisMachine: Bool
  let estimate: MemoryEstimate

  init(plan: MemoryPlan, device: Device, isThisMachine: Bool = false, training: Training? = nil) {
    self.plan = plan
    self.device = device
    self.isThisMachine = isThisMachine
    self.training = training
    estimate = plan.estimate
  }

  var fits: Bool { estimate.total <= device.bytes }
  var longestContext: Int? { plan.longestContext(within: device.bytes) }

  var work: [Work] {
    WorkEstimate(plan, on: device).lines.map {
      Work(name: $0.name, flops: $0.flops, bytesRead: $0.bytes, seconds: $0.seconds)
    }
  }

  /// Up to four of the smallest sets of techniques that make it fit; empty if it fits.
  var waysToFit: [Way] {
    fits
      ? []
      : plan.waysToFit(device.bytes, onOneDevice: isThisMachine).prefix(4).map { way in
        Way(
          turnOn: way.map(Self.name), totalBytes: plan.with(way)?.estimate.total ?? .nan,
          isExact: way.allSatisfy(\.isExact))
      }
  }

  private static func name(_ technique: Technique) -> String {
    technique.name + (technique.lesson.map { " (lesson \($0))" } ?? "")
  }

  private enum CodingKeys: String, CodingKey {
    case model, modelSource, parameters, use, context, batch, device, deviceBytes, devices, terms
    case totalBytes, fits, longestContext, work, waysToFit, training
  }

  private enum TrainingKeys: String, CodingKey { case tokens, flops, deviceHours, dollars }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(plan.model.name, forKey: .model)
    try container.encode(plan.model.source, forKey: .modelSource)
    try container.encode(plan.model.heldParameterCount, forKey: .parameters)
    try container.encode(plan.use, forKey: .use)
    try container.encode(plan.context, forKey: .context)
    try container.encode(plan.batch, forKey: .batch)
    try container.encode(device.name, forKey: .device)
    try container.encode(device.bytes, forKey: .deviceBytes)
    try container.encode(plan.deviceCount, forKey: .devices)
    try container.encode(estimate.terms, forKey: .terms)
    try container.encode(estimate.total, forKey: .totalBytes)
    try container.encode(fits, forKey: .fits)
    try container.encode(longestContext, forKey: .longestContext)
    try container.encode(work, forKey: .work)
    try container.encode(waysToFit, forKey: .waysToFit)
    guard let cost else { return }
    var inner = container.nestedContainer(keyedBy: TrainingKeys.self, forKey: .training)
    try inner.encode(training?.tokens, forKey: .tokens)
    try inner.encode(cost.flops, forKey: .flops)
    try inner.encode(cost.deviceHours, forKey: .deviceHours)
    try inner.encode(cost.dollars, forKey: .dollars)
  }

  /// The cost of the whole training; nil if `training` is nil.
  var cost: (flops: Double, deviceHours: Double, dollars: Double)? {
    training.map {
      plan.model.trainingPrice(
        tokens: $0.tokens, context: plan.context, on: device, dollarsPerHour: $0.price)
    }
  }
}
