/// The bytes of a plan on one device, term by term.
public struct MemoryEstimate: Sendable {
  /// One term: what it is, and how it came about.
  public struct Term: Sendable, Codable {
    public let name: String
    public let bytes: Double
    public let formula: String
  }

  public let terms: [Term]
  public var total: Double { terms.reduce(0) { $0 + $1.bytes } }

  public subscript(name: String) -> Double { terms.first { $0.name == name }?.bytes ?? 0 }

  init(_ plan: MemoryPlan) {
    terms = plan.use == .training ? Self.training(plan) : Self.inference(plan)
  }

  // MARK: Training

  private static func training(_ plan: MemoryPlan) -> [Term] {
    let (model, n) = (plan.model, plan.model.heldParameterCount)
    let state = plan.state.bytes(
      parameters: n, stage: plan.stage, deviceCount: plan.deviceCount)
    func spread(_ first: ZeROStage) -> String {
      plan.stage.rawValue >= first.rawValue ? " / \(plan.deviceCount) devices" : ""
    }
    let layer = LayerActivations(model, hasDropout: plan.hasDropout)
    let kept = layer.keptBytes(
      tokens: plan.context, batch: plan.batch, storesScores: plan.storesScores,
      plan.recomputation)
    return [
      Term(
        name: "weights", bytes: state.weights,
        formula: "\(plan.state.weightBytes) N\(spread(.parameters))"),
      Term(
        name: "gradients", bytes: state.gradients,
        formula: "\(plan.state.gradientBytes) N\(spread(.gradients))"),
      Term(
        name: "optimizer", bytes: state.optimizer,
        formula: "\(plan.state.optimizerBytes) N\(spread(.optimizer))"),
      Term(name: "activations", bytes: kept, formula: keptFormula(plan, layer)),
      Term(
        name: "logits",
        bytes: 4 * Double(plan.context) * Double(plan.batch) * Double(model.vocabularyCount),
        formula: "4 · tokens · vocabulary"),
      Term(
        name: "workspace", bytes: trainingWorkspace(plan, layer),
        formula: plan.recomputation == .nothing
          ? "gradients of one layer's activations"
          : "what is computed again of one layer, and its gradients"),
    ]
  }

  private static func keptFormula(_ plan: MemoryPlan, _ layer: LayerActivations) -> String {
    switch plan.recomputation {
    case .full: return "2 · width · tokens · layers"
    case .everyKth(let k): return "2 · width · tokens · layers / \(k)"
    case .nothing, .selective:
      let outside = layer.outsideBytes / Double(plan.model.modelDim)
      let each = "\(Int(outside.rounded())) · width"
      guard plan.storesScores, plan.recomputation == .nothing else {
        return "\(each) · tokens · layers"
      }
      return "(\(each) + \(plan.hasDropout ? 5 : 2) · heads · tokens) · tokens · layers"
    }
  }

  /// What one layer holds beside what is kept: the widest gradients on its way back, and what has to
  /// be computed again.
  private static func trainingWorkspace(_ plan: MemoryPlan, _ layer: LayerActivations) -> Double {
    let model = plan.model
    let rows = Double(plan.context) * Double(plan.batch)
    let bytes = layer.format.numberBytes
    let gradients = Double(
      max(
        2 * model.modelDim + model.upDim,
        model.modelDim + model.feedForwardDim + (model.block == .llama ? model.upDim : 0),
        model.modelDim + model.resultDim + model.packedDim))
    let scores =
      plan.storesScores ? Double(model.headCount) * Double(plan.context) * bytes : 0
    let inside = layer.insideBytes(tokens: plan.context, storesScores: plan.storesScores)
    let again: Double
    switch plan.recomputation {
    case .nothing: again = 0
    case .selective: again = inside
    case .full: again = layer.outsideBytes + inside
    case .everyKth(let k): again = Double(k) * (layer.outsideBytes + inside)
    }
    return rows * (gradients * bytes + scores + again)
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
        name: "weights", bytes: weights / devices, formula: "N · \(plan.weightFormat.name)\(share)"),
      Term(
        name: "key/value cache", bytes: cache / devices,
        formula: (model.latentCacheDim == nil
          ? "2 · layers · kvHeads · headDim · " : "layers · latent · ")
          + (plan.window == nil ? "tokens" : "window") + " · \(plan.cacheFormat.name)\(share)"),
      Term(
        name: "logits", bytes: 4 * Double(plan.batch) * Double(model.vocabularyCount),
        formula: "4 · vocabulary: the last token's"),
      Term(
        name: "workspace", bytes: readingWorkspace(plan),
        formula: plan.storesScores
          ? "one layer's matrix and its widest moment" : "the widest moment of one layer"),
    ]
  }

  /// Reading the whole prompt at once, 16 bits a number.
  private static func readingWorkspace(_ plan: MemoryPlan) -> Double {
    let model = plan.model
    let rows = Double(plan.context) * Double(plan.batch)
    let wide = Double(
      max(
        3 * model.modelDim + model.upDim + model.feedForwardDim,
        2 * model.modelDim + model.packedDim + model.resultDim))
    let scores = plan.storesScores ? Double(model.headCount) * Double(plan.context) : 0
    return 2 * rows * (wide + scores)
  }
}
