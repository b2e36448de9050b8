import ArgumentParser
import Calculator

extension BlockKind: ExpressibleByArgument {}

/// The sizes of a model that is not published.
struct SizeOptions: ParsableArguments {
  enum Biases: String, CaseIterable, ExpressibleByArgument { case none, qkv, attention, all }
  enum Norm: String, CaseIterable, ExpressibleByArgument {
    case rmsNorm = "rms"
    case layerNorm = "layer"
    case biaslessLayerNorm = "layer-without-bias"
    case weightless = "without-weights"
  }
  enum QueryKeyNorm: String, CaseIterable, ExpressibleByArgument {
    case none
    case perHead = "per-head"
    case allHeads = "all-heads"
  }

  @Option(help: "A model's config.json (Hugging Face), or its folder.", completion: .file())
  var config: String?
  @Option(help: "A model's GGUF file; only the header is read.", completion: .file())
  var gguf: String?
  @Option(parsing: .unconditional, help: "Number of layers.") var layers: Int?
  @Option(parsing: .unconditional, help: "Model width.") var width: Int?
  @Option(parsing: .unconditional, help: "Number of query heads.") var heads: Int?
  @Option(
    parsing: .unconditional, help: "Number of key/value heads; also changes a published model.")
  var kvHeads: Int?
  @Option(parsing: .unconditional, help: "Head dimension (default: width / heads).") var headDim:
    Int?
  @Option(parsing: .unconditional, help: "Dimension of a value (default: head dimension).")
  var valueDim: Int?
  @Option(
    parsing: .unconditional,
    help: "Hidden width of the feed-forward layer (default: 4 · width; llama: 8/3 · width).")
  var feedForward: Int?
  @Option(parsing: .unconditional, help: "Vocabulary size (default: 32000).")
  var vocabulary: Int?
  @Option(help: "gpt (LayerNorm, GELU, biases) or llama (RMSNorm, SwiGLU; default).")
  var block: BlockKind?
  @Flag(help: "The output projection is the embedding table.") var tied = false
  @Option(parsing: .unconditional, help: "Rows of a learned position table.") var positions: Int?
  @Option(
    help: "Matrices with a bias: none, qkv, attention, or all (also feed-forward; gpt: all).")
  var biases: Biases?
  @Option(help: "Kind of the norms: rms, layer, layer-without-bias or without-weights.")
  var norm: Norm?
  @Option(parsing: .unconditional, help: "Norms per layer (default: 2; Gemma 2 and 3: 4).")
  var norms: Int?
  @Option(help: "Norms of queries and keys: none, per-head or all-heads.")
  var qkNorm: QueryKeyNorm?
  @Flag(help: "Each head has a sink.") var sinks = false
  @Option(
    parsing: .unconditional,
    help: "With --window: every n-th layer has none (Gemma 3: 6).")
  var globalEvery: Int?
  @Option(parsing: .unconditional, help: "Rank of latent keys and values (DeepSeek-V2: 512).")
  var latentRank: Int?
  @Option(parsing: .unconditional, help: "Rank of latent queries.") var queryRank: Int?
  @Option(
    parsing: .unconditional, help: "With a latent rank: rotated dimensions (default: 64).")
  var rotaryDim: Int?
  @Option(parsing: .unconditional, help: "Number of experts.") var experts: Int?
  @Option(parsing: .unconditional, help: "Experts for each token.") var activeExperts: Int?
  @Option(parsing: .unconditional, help: "Hidden width of an expert.") var expertWidth: Int?
  @Option(parsing: .unconditional, help: "Hidden width of the shared experts together.")
  var sharedWidth: Int?
  @Option(parsing: .unconditional, help: "First layers without experts.") var denseLayers: Int?
  @Option(parsing: .unconditional, help: "Only every n-th layer has experts.")
  var expertsEvery: Int?

  @Option(
    parsing: .unconditional,
    help: "Modules that predict further tokens (DeepSeek-V3: 1); also for a published model.")
  var multiToken: Int?

  /// The options that give a size, and whether they are there.
  private var given: [(name: String, isGiven: Bool)] {
    [
      ("--layers", layers != nil), ("--width", width != nil), ("--heads", heads != nil),
      ("--head-dim", headDim != nil), ("--value-dim", valueDim != nil),
      ("--feed-forward", feedForward != nil), ("--vocabulary", vocabulary != nil),
      ("--block", block != nil), ("--tied", tied), ("--positions", positions != nil),
      ("--biases", biases != nil), ("--qk-norm", qkNorm != nil), ("--sinks", sinks),
      ("--latent-rank", latentRank != nil), ("--query-rank", queryRank != nil),
      ("--rotary-dim", rotaryDim != nil), ("--experts", experts != nil),
      ("--active-experts", activeExperts != nil), ("--expert-width", expertWidth != nil),
      ("--shared-width", sharedWidth != nil), ("--dense-layers", denseLayers != nil),
      ("--experts-every", expertsEvery != nil), ("--norm", norm != nil),
      ("--norms", norms != nil),
    ]
  }

  /// Whether no option of this group was given: no size, no file, no change of a published model.
  var areEmpty: Bool {
    !given.contains(where: \.isGiven) && config == nil && gguf == nil && kvHeads == nil
      && globalEvery == nil && multiToken == nil
  }

  /// The model with this name, of a file, or with these sizes; and the format of its weights if a
  /// file states it.
  func model(named name: String?) throws -> (model: ModelShape, format: WeightFormat?) {
    let found = try mainModel(named: name)
    guard let multiToken else { return found }
    guard (1...100).contains(multiToken) else {
      throw PlanError("--multi-token \(multiToken); it must be from 1 to 100")
    }
    var model = found.model.predicting(further: multiToken)
    model.source += "; \(multiToken) module\(multiToken == 1 ? "" : "s") for further tokens added"
    return (model, found.format)
  }

  private func mainModel(
    named name: String?
  ) throws -> (model: ModelShape, format: WeightFormat?) {
    let sources = [
      name.map { "'\($0)'" }, config.map { _ in "--config" }, gguf.map { _ in "--gguf" },
    ]
    .compactMap { $0 }
    if sources.count > 1 {
      throw PlanError("\(sources[0]) and \(sources[1]) both give a model; leave one out")
    }
    if let source = sources.first {
      if let size = given.first(where: \.isGiven) {
        throw PlanError(
          "\(source) already has sizes; give a name or sizes, not both (\(size.name))")
      }
      if let gguf {
        let found = try GGUFHeader.model(at: gguf)
        return (try withKVHeads(found.model), found.format)
      }
      let model = try config.map { try ModelConfiguration.model(at: $0) } ?? .named(name ?? "")
      return (try withKVHeads(model), nil)
    }
    let model = try ownModel()
    if let objection = model.objection { throw PlanError(objection) }
    return (model, nil)
  }

  /// A model of the options.
  private func ownModel() throws -> ModelShape {
    guard let layerCount = layers, let width, let heads else {
      throw PlanError(
        "no model; name one (see 'lab memory --list'), or give --config, --gguf, or --layers, "
          + "--width and --heads")
    }
    try check(layers: layerCount, width: width, heads: heads)
    let attention = try attention(width: width, heads: heads)
    let block = self.block ?? .llama
    let hidden = feedForward ?? (block == .gpt ? 4 * width : (8 * width / 3 + 7) / 8 * 8)
    let hasBiases = biases.map { $0 == .all } ?? (block == .gpt)
    func layer(_ hidden: Int, _ experts: FeedForward.Experts? = nil) -> Layer {
      Layer(
        attention,
        FeedForward(
          hidden, isGated: block == .llama, hasBiases: hasBiases, experts: experts),
        normCount: norms ?? 2)
    }
    let dense = layer(hidden)
    var kinds = [Layer](repeating: dense, count: layerCount)
    if let experts = try mixture() {
      let (first, every) = (denseLayers ?? 0, expertsEvery ?? 1)
      guard (0..<layerCount).contains(first) else {
        throw PlanError("--dense-layers \(first) of \(layerCount) layers")
      }
      guard (1...layerCount).contains(every) else {
        throw PlanError("--experts-every \(every): it must be from 1 to \(layerCount) layers")
      }
      let routed = layer(expertWidth ?? hidden, experts)
      for index in first..<layerCount where (index + 1) % every == 0 { kinds[index] = routed }
    }
    return ModelShape(
      name: "your model", modelDim: width, vocabularyCount: vocabulary ?? 32_000, layers: kinds,
      norm: norm?.kind ?? (block == .gpt ? .layerNorm : .rmsNorm), tiesEmbedding: tied,
      learnedPositionCount: positions ?? 0, source: "the command line")
  }

  /// Checks what the defaults are computed from.
  private func check(layers: Int, width: Int, heads: Int) throws {
    for (name, value, most) in [
      ("--layers", layers, 10_000), ("--width", width, 1_000_000), ("--heads", heads, 100_000),
    ] where !(1...most).contains(value) {
      throw PlanError("\(name) \(value): it must be from 1 to \(most)")
    }
    let all = [
      ("--kv-heads", kvHeads), ("--head-dim", headDim), ("--value-dim", valueDim),
      ("--feed-forward", feedForward), ("--vocabulary", vocabulary),
      ("--latent-rank", latentRank), ("--query-rank", queryRank), ("--rotary-dim", rotaryDim),
      ("--experts", experts), ("--active-experts", activeExperts),
      ("--expert-width", expertWidth), ("--positions", positions),
    ]
    for (name, value) in all {
      if let value, !(1...10_000_000).contains(value) {
        throw PlanError("\(name) \(value): it must be from 1 to 10000000")
      }
    }
    if let sharedWidth, !(0...10_000_000).contains(sharedWidth) {
      throw PlanError("--shared-width \(sharedWidth): it must be from 0 to 10000000")
    }
  }

  private func attention(width: Int, heads: Int) throws -> Attention {
    guard headDim != nil || latentRank != nil || width % heads == 0 else {
      throw PlanError("\(heads) heads do not divide a width of \(width); give --head-dim")
    }
    if latentRank == nil, queryRank != nil || rotaryDim != nil {
      throw PlanError("--query-rank and --rotary-dim are for latent attention; add --latent-rank")
    }
    if latentRank != nil, kvHeads != nil {
      throw PlanError("latent attention caches no heads; leave --kv-heads out")
    }
    let rotary = rotaryDim ?? 64
    return Attention(
      heads: heads, kvHeads: kvHeads,
      headDim: headDim ?? (latentRank == nil ? width / heads : 128 + rotary),
      valueHeadDim: valueDim ?? (latentRank == nil ? nil : 128),
      latent: latentRank.map {
        Attention.Latent(rank: $0, rotaryDim: rotary, queryRank: queryRank)
      },
      biases: biases.map { $0 == .none ? .none : $0 == .qkv ? .inputs : .all }
        ?? (block == .gpt ? .all : .none),
      queryKeyNorm: qkNorm.map {
        $0 == .none ? .none : $0 == .perHead ? .perHead : .allHeads
      } ?? .none,
      hasSinks: sinks)
  }

  private func mixture() throws -> FeedForward.Experts? {
    guard let experts else {
      let all = [
        (activeExperts, "--active-experts"), (expertWidth, "--expert-width"),
        (sharedWidth, "--shared-width"), (denseLayers, "--dense-layers"),
        (expertsEvery, "--experts-every"),
      ]
      if let wrong = all.first(where: { $0.0 != nil }) {
        throw PlanError("\(wrong.1) is for a mixture of experts; add --experts")
      }
      return nil
    }
    guard let activeExperts else {
      throw PlanError("\(experts) experts; say how many a token uses with --active-experts")
    }
    return FeedForward.Experts(
      total: experts, active: activeExperts, sharedDim: sharedWidth ?? 0)
  }

  private func withKVHeads(_ model: ModelShape) throws -> ModelShape {
    guard let kvHeads else { return model }
    guard !model.groups.contains(where: { $0.layer.attention.latent != nil }) else {
      throw PlanError("\(model.name) caches a latent state, not heads; leave --kv-heads out")
    }
    var shared = model
    shared.kvHeadCount = kvHeads
    shared.source += "; changed to \(kvHeads) key/value head\(kvHeads == 1 ? "" : "s")"
    if let objection = shared.objection { throw PlanError(objection) }
    return shared
  }

  /// The model with a window in all layers but every n-th; nil if `--global-every` is not given.
  func interleaved(_ model: ModelShape, window: Int?) throws -> ModelShape? {
    guard let every = globalEvery else { return nil }
    guard let window else { throw PlanError("--global-every needs --window") }
    guard (1...model.layerCount).contains(every) else {
      throw PlanError("--global-every \(every): it must be from 1 to \(model.layerCount) layers")
    }
    let attention = model.layer.attention
    guard attention.window == nil,
      model.groups.allSatisfy({ $0.layer.attention == attention })
    else {
      throw PlanError("\(model.name) has windows of its own; leave --global-every out")
    }
    // Without an order, kinds that differ in their feed-forward part come one after the other.
    let layers =
      model.kinds?.map { model.groups[$0].layer }
      ?? model.groups.flatMap { [Layer](repeating: $0.layer, count: $0.count) }
    var own = model
    own.setLayers(
      layers.enumerated().map { index, layer in
        var layer = layer
        layer.attention.window = (index + 1) % every == 0 ? nil : window
        return layer
      })
    return own
  }
}

extension SizeOptions.Norm {
  fileprivate var kind: ModelShape.Norm {
    switch self {
    case .rmsNorm: .rmsNorm
    case .layerNorm: .layerNorm
    case .biaslessLayerNorm: .biaslessLayerNorm
    case .weightless: .weightless
    }
  }
}
