/// The bytes of a plan on one device, term by term.
public struct MemoryEstimate: Sendable {
  /// The purpose of the bytes. The raw value is the name in tables and in JSON.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    case weights, gradients, optimizer, activations
    case cache = "key/value cache"
    case logits, workspace
  }

  /// One term of the sum, with its formula.
  public struct Term: Sendable, Codable {
    public let kind: Kind
    public let bytes: Double
    public let formula: String

    public var name: String { kind.rawValue }

    enum CodingKeys: String, CodingKey {
      case kind = "name"
      case bytes, formula
    }
  }

  public let terms: [Term]
  public var total: Double { terms.reduce(0) { $0 + $1.bytes } }

  /// The bytes of one kind; 0 if the plan has no such term.
  public subscript(kind: Kind) -> Double { terms.first { $0.kind == kind }?.bytes ?? 0 }

  init(_ plan: MemoryPlan) {
    terms = plan.use == .training ? Self.training(plan) : Self.inference(plan)
  }

  // MARK: Training

  private static func training(_ plan: MemoryPlan) -> [Term] {
    let (model, n) = (plan.model, plan.model.heldParameterCount)
    let state = plan.state.bytes(
      parameters: n, stage: plan.stage, deviceCount: plan.deviceCount)
    func sharding(_ first: ZeROStage) -> String {
      plan.stage.rawValue >= first.rawValue ? " / \(plan.deviceCount) devices" : ""
    }
    let layer = LayerActivations(model, hasDropout: plan.hasDropout)
    let kept = layer.keptBytes(
      tokens: plan.context, batch: plan.batch, storesScores: plan.storesScores,
      plan.recomputation)
    return [
      Term(
        kind: .weights, bytes: state.weights,
        formula: "\(plan.state.weightBytes) N\(sharding(.parameters))"),
      Term(
        kind: .gradients, bytes: state.gradients,
        formula: "\(plan.state.gradientBytes) N\(sharding(.gradients))"),
      Term(
        kind: .optimizer, bytes: state.optimizer,
        formula: "\(plan.state.optimizerBytes) N\(sharding(.optimizer))"),
      Term(kind: .activations, bytes: kept, formula: keptFormula(plan, layer)),
      Term(
        kind: .logits,
        bytes: 4 * Double(plan.context) * Double(plan.batch) * Double(model.vocabularyCount),
        formula: "4 · tokens · vocabulary"),
      Term(
        kind: .workspace, bytes: trainingWorkspace(plan, layer),
        formula: plan.recomputation == .nothing
          ? "gradients of one layer's activations"
          : "recomputed activations of one layer, and its gradients"),
    ]
  }

  private static func keptFormula(_ plan: MemoryPlan, _ layer: LayerActivations) -> String {
    switch plan.recomputation {
    case .full: return "2 · width · tokens · layers"
    case .everyKth(let k): return "2 · width · tokens · layers / \(k)"
    case .nothing, .selective:
      let outside = layer.outsideBytes / Double(plan.model.modelDim)
      let perLayer = "\(Int(outside.rounded())) · width"
      guard plan.storesScores, plan.recomputation == .nothing else {
        return "\(perLayer) · tokens · layers"
      }
      return "(\(perLayer) + \(plan.hasDropout ? 5 : 2) · heads · tokens) · tokens · layers"
    }
  }

  /// The memory of one layer's backward pass besides the kept activations: its widest gradients,
  /// and the activations that are recomputed.
  private static func trainingWorkspace(_ plan: MemoryPlan, _ layer: LayerActivations) -> Double {
    let model = plan.model
    let rows = Double(plan.context) * Double(plan.batch)
    let bytes = layer.format.elementBytes
    let gradients = Double(
      max(
        2 * model.modelDim + model.upDim,
        model.modelDim + model.feedForwardDim + (model.block == .llama ? model.upDim : 0),
        model.modelDim + model.resultDim + model.packedDim))
    let scores =
      plan.storesScores ? Double(model.headCount) * Double(plan.context) * bytes : 0
    let inside = layer.insideBytes(tokens: plan.context, storesScores: plan.storesScores)
    let recomputedBytes: Double
    switch plan.recomputation {
    case .nothing: recomputedBytes = 0
    case .selective: recomputedBytes = inside
    case .full: recomputedBytes = layer.outsideBytes + inside
    case .everyKth(let k): recomputedBytes = Double(k) * (layer.outsideBytes + inside)
    }
    return rows * (gradients * bytes + scores + recomputedBytes)
  }

  // MARK: Inference

  private static func inference(_ plan: MemoryPlan) -> [Term] {
    let model = plan.model
    let weights = plan.weightFormat.bytes(of: model.heldParameterCount)
    let cache = model.cacheBytes(
      tokens: plan.context, batch: plan.batch, format: plan.cacheFormat, window: plan.window)
    let share = plan.deviceCount > 1 ? " / \(plan.deviceCount) devices" : ""
    let devices = Double(plan.deviceCount)
    return [
      Term(
        kind: .weights, bytes: weights / devices, formula: "N · \(plan.weightFormat.name)\(share)"),
      Term(
        kind: .cache, bytes: cache / devices,
        formula: (model.latentCacheDim == nil
          ? "2 · layers · kvHeads · headDim · " : "layers · latent · ")
          + (plan.window == nil ? "tokens" : "window") + " · \(plan.cacheFormat.name)\(share)"),
      Term(
        kind: .logits, bytes: 4 * Double(plan.batch) * Double(model.vocabularyCount),
        formula: "4 · vocabulary: of the last token"),
      Term(
        kind: .workspace, bytes: prefillWorkspace(plan),
        formula: plan.storesScores
          ? "one layer's score matrix and its peak" : "the peak of one layer"),
    ]
  }

  /// Prefill of the whole prompt at once, with 16 bits per element.
  private static func prefillWorkspace(_ plan: MemoryPlan) -> Double {
    let model = plan.model
    let rows = Double(plan.context) * Double(plan.batch)
    let widest = Double(
      max(
        3 * model.modelDim + model.upDim + model.feedForwardDim,
        2 * model.modelDim + model.packedDim + model.resultDim))
    let scores = plan.storesScores ? Double(model.headCount) * Double(plan.context) : 0
    return 2 * rows * (widest + scores)
  }
}
