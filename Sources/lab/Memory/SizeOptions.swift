import ArgumentParser
import Calculator

extension BlockKind: ExpressibleByArgument {}

/// The sizes of a model that has no name.
struct SizeOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Layers.") var layers: Int?
  @Option(parsing: .unconditional, help: "Model width.") var width: Int?
  @Option(parsing: .unconditional, help: "Heads of queries.") var heads: Int?
  @Option(
    parsing: .unconditional, help: "Heads of keys and values; also changes a published model.")
  var kvHeads: Int?
  @Option(parsing: .unconditional, help: "Width of a head (default: width / heads).") var headDim:
    Int?
  @Option(
    parsing: .unconditional,
    help: "Hidden width of the feed-forward layer (default: 4 · width, gated 8/3).")
  var feedForward: Int?
  @Option(parsing: .unconditional, help: "Tokens in the vocabulary (default: 32000).")
  var vocabulary: Int?
  @Option(help: "gpt (LayerNorm, GELU, biases) or llama (RMSNorm, SwiGLU), which is the default.")
  var block: BlockKind?

  /// The named model, or the one of these sizes.
  func model(named name: String?) throws -> ModelShape {
    if let name {
      guard layers == nil, width == nil, heads == nil, headDim == nil, feedForward == nil,
        vocabulary == nil, block == nil
      else {
        throw PlanError("'\(name)' has sizes of its own; give a name or sizes, not both")
      }
      return try sharing(try ModelShape.named(name))
    }
    guard let layers, let width, let heads else {
      throw PlanError(
        "no model; name one ('lab memory --list' shows them) or give --layers, --width and --heads")
    }
    let (vocabulary, block) = (self.vocabulary ?? 32_000, self.block ?? .llama)
    let wanted = min(max(1, width), 1 << 40)
    let hidden = feedForward ?? (block == .gpt ? 4 * wanted : (8 * wanted / 3 + 7) / 8 * 8)
    let objection = ModelShape.objection(
      layers: layers,
      sizes: [
        "--width": width, "--heads": heads, "--kv-heads": kvHeads ?? heads,
        "--head-dim": headDim ?? 1, "--feed-forward": hidden, "--vocabulary": vocabulary,
      ], headCount: heads, kvHeadCount: kvHeads ?? heads,
      headDim: headDim ?? max(1, width / max(1, heads)))
    if let objection { throw PlanError(objection) }
    guard headDim != nil || width % heads == 0 else {
      throw PlanError("\(heads) heads do not divide a width of \(width); give --head-dim")
    }
    return ModelShape(
      name: "your model", layerCount: layers, modelDim: width, headCount: heads,
      kvHeadCount: kvHeads, headDim: headDim, feedForwardDim: hidden,
      vocabularyCount: vocabulary, block: block, source: "the command line")
  }

  private func sharing(_ model: ModelShape) throws -> ModelShape {
    guard let kvHeads else { return model }
    guard model.latentCacheDim == nil else {
      throw PlanError("\(model.name) keeps a latent state, not heads; leave --kv-heads out")
    }
    var shared = model
    shared.kvHeadCount = kvHeads
    if let objection = shared.objection { throw PlanError(objection) }
    return shared
  }
}
