import ArgumentParser
import Calculator

extension BlockKind: ExpressibleByArgument {}

/// The sizes of a model that is not published.
struct SizeOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Number of layers.") var layers: Int?
  @Option(parsing: .unconditional, help: "Model width.") var width: Int?
  @Option(parsing: .unconditional, help: "Number of query heads.") var heads: Int?
  @Option(
    parsing: .unconditional, help: "Number of key/value heads; also changes a published model.")
  var kvHeads: Int?
  @Option(parsing: .unconditional, help: "Head dimension (default: width / heads).") var headDim:
    Int?
  @Option(
    parsing: .unconditional,
    help: "Hidden width of the feed-forward layer (default: 4 · width; llama: 8/3 · width).")
  var feedForward: Int?
  @Option(parsing: .unconditional, help: "Vocabulary size (default: 32000).")
  var vocabulary: Int?
  @Option(help: "gpt (LayerNorm, GELU, biases) or llama (RMSNorm, SwiGLU; default).")
  var block: BlockKind?

  /// Whether no size was given. `kvHeads` also changes a published model, so it is not a size here.
  var areEmpty: Bool {
    layers == nil && width == nil && heads == nil && headDim == nil && feedForward == nil
      && vocabulary == nil && block == nil
  }

  /// The model with this name, or a model with these sizes.
  func model(named name: String?) throws -> ModelShape {
    if let name {
      guard areEmpty else {
        throw PlanError("'\(name)' already has sizes; give a name or sizes, not both")
      }
      return try withKVHeads(try ModelShape.named(name))
    }
    guard let layers, let width, let heads else {
      throw PlanError(
        "no model; name one (see 'lab memory --list') or give --layers, --width and --heads")
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

  private func withKVHeads(_ model: ModelShape) throws -> ModelShape {
    guard let kvHeads else { return model }
    guard model.latentCacheDim == nil else {
      throw PlanError("\(model.name) caches a latent state, not heads; leave --kv-heads out")
    }
    var shared = model
    shared.kvHeadCount = kvHeads
    if let objection = shared.objection { throw PlanError(objection) }
    return shared
  }
}
