import Calculator
import LessonKit

/// The answers of the calculator to one plan on one device; what `--json` prints.
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
    let keepsTheAnswers: Bool
  }

  let plan: MemoryPlan
  let device: Device
  let training: Training?
  /// The device is the reader's own machine, of which there are no more to be had.
  let isAlone: Bool
  let estimate: MemoryEstimate

  init(plan: MemoryPlan, device: Device, isAlone: Bool = false, training: Training? = nil) {
    self.plan = plan
    self.device = device
    self.isAlone = isAlone
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

  /// The first few of the smallest sets of techniques that make it fit; none where it does.
  var waysToFit: [Way] {
    fits
      ? []
      : plan.waysToFit(device.bytes, onOneDevice: isAlone).prefix(4).map { way in
        Way(
          turnOn: way.map(Self.name), totalBytes: plan.with(way)?.estimate.total ?? .nan,
          keepsTheAnswers: way.allSatisfy(\.isExact))
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
    var box = encoder.container(keyedBy: CodingKeys.self)
    try box.encode(plan.model.name, forKey: .model)
    try box.encode(plan.model.source, forKey: .modelSource)
    try box.encode(plan.model.heldParameterCount, forKey: .parameters)
    try box.encode(plan.use, forKey: .use)
    try box.encode(plan.context, forKey: .context)
    try box.encode(plan.batch, forKey: .batch)
    try box.encode(device.name, forKey: .device)
    try box.encode(device.bytes, forKey: .deviceBytes)
    try box.encode(plan.deviceCount, forKey: .devices)
    try box.encode(estimate.terms, forKey: .terms)
    try box.encode(estimate.total, forKey: .totalBytes)
    try box.encode(fits, forKey: .fits)
    try box.encode(longestContext, forKey: .longestContext)
    try box.encode(work, forKey: .work)
    try box.encode(waysToFit, forKey: .waysToFit)
    guard let cost else { return }
    var inner = box.nestedContainer(keyedBy: TrainingKeys.self, forKey: .training)
    try inner.encode(training?.tokens, forKey: .tokens)
    try inner.encode(cost.flops, forKey: .flops)
    try inner.encode(cost.deviceHours, forKey: .deviceHours)
    try inner.encode(cost.dollars, forKey: .dollars)
  }

  /// Of the whole training, where it was asked for.
  var cost: (flops: Double, deviceHours: Double, dollars: Double)? {
    training.map {
      plan.model.trainingPrice(
        tokens: $0.tokens, context: plan.context, on: device, dollarsPerHour: $0.price)
    }
  }
}
