/// The settings that determine the memory and the work of a model on one device.
public struct MemoryPlan: Sendable, Equatable {
  public enum Use: String, Sendable, Codable, CaseIterable {
    case training, inference
  }

  public var model: ModelShape
  public var use: Use
  /// Tokens per sequence: in inference, the prompt and the new tokens.
  public var context: Int
  /// Sequences (requests) on one device, or on the devices that share a model.
  public var batch: Int
  /// Whether attention materializes its score matrix, as before tiling (lesson 5).
  public var storesScores: Bool
  /// A sliding window for every layer (lesson 4); nil for the model's own.
  public var window: Int?
  public var parallelism: Parallelism
  public var accounting: Accounting

  // MARK: Inference

  /// Of the context, tokens that are generated.
  public var newTokens = 0
  /// Tokens at the start that all requests share, cached once.
  public var sharedPrefix = 0
  /// Tokens of the prompt in one pass; nil for all at once.
  public var prefillChunk: Int?
  /// Tokens per block of a paged cache, the last of which is partly empty (Kwon et al., 2023); nil
  /// for a cache without blocks.
  public var blockLength: Int?
  public var weightFormat: WeightFormat
  public var keyFormat: NumberFormat
  public var valueFormat: NumberFormat
  /// Whether the pass fills a cache; without one it computes logits only.
  public var hasCache = true
  /// Tokens that the cache has room for; nil for the context.
  public var cacheCapacity: Int?

  // MARK: Training

  /// Bytes per weight in training.
  public var state: TrainingState
  public var recomputation: Recomputation
  public var hasDropout: Bool
  /// Trained low-rank matrices instead of all weights; nil to train all.
  public var adapters: Adapters?
  /// Passes whose gradients are added up before a step; each has `batch` sequences.
  public var accumulation = 1
  /// Tokens whose logits are computed at a time; nil for all at once.
  public var lossChunk: Int?
  public var offload: Set<Offload> = []

  public init(
    model: ModelShape, use: Use = .inference, context: Int = 100_000, batch: Int = 1,
    storesScores: Bool = false, window: Int? = nil, weightFormat: WeightFormat = .float16,
    cacheFormat: NumberFormat = .float16, state: TrainingState = .mixed16,
    recomputation: Recomputation = .nothing, hasDropout: Bool = false,
    parallelism: Parallelism = Parallelism(), accounting: Accounting = .papers
  ) {
    self.model = model
    self.use = use
    self.context = context
    self.batch = batch
    self.storesScores = storesScores
    self.window = window
    self.weightFormat = weightFormat
    keyFormat = cacheFormat
    valueFormat = cacheFormat
    self.state = state
    self.recomputation = recomputation
    self.hasDropout = hasDropout
    self.parallelism = parallelism
    self.accounting = accounting
  }

  /// The format of keys and values.
  public var cacheFormat: NumberFormat {
    get { keyFormat }
    set { (keyFormat, valueFormat) = (newValue, newValue) }
  }

  public var deviceCount: Int { parallelism.deviceCount }

  /// Tokens that a layer attends to from the last position.
  func reach(of attention: Attention) -> Int {
    min(context, attention.window ?? context, window ?? context)
  }

  /// Why the plan is invalid; nil if it is valid.
  public var objection: String? {
    if let objection = model.objection { return objection }
    if context < 1 { return "a context of \(context) tokens; it must be 1 or more" }
    if batch < 1 { return "a batch of \(batch) sequences; it must be 1 or more" }
    if let window, window < 1 { return "a window of \(window) tokens; it must hold 1 or more" }
    if let prefillChunk, prefillChunk < 1 { return "a chunk of \(prefillChunk) tokens" }
    if let lossChunk, lossChunk < 1 { return "a chunk of \(lossChunk) tokens for the loss" }
    if let blockLength, !(1...65_536).contains(blockLength) {
      return "blocks of \(blockLength) tokens; they must hold 1 to 65,536"
    }
    if accumulation < 1 { return "\(accumulation) passes per step; there must be 1 or more" }
    if newTokens < 0 || newTokens > context {
      return "\(newTokens) new tokens in a context of \(context)"
    }
    if sharedPrefix < 0 || sharedPrefix > context - newTokens {
      return "a shared prefix of \(sharedPrefix) tokens in a prompt of \(context - newTokens)"
    }
    if storesScores, window != nil {
      return "a window with a stored score matrix, which has all pairs; the window saves nothing"
    }
    if case .everyKth(let k) = recomputation, !(1...model.layerCount).contains(k) {
      return "recomputation of \(k) layers at a time, of \(model.layerCount)"
    }
    if let rank = adapters?.rank, !(1...65_536).contains(rank) {
      return "adapters of rank \(rank); it must be from 1 to 65,536"
    }
    if let adapters, adapters.targets.isEmpty { return "adapters of no matrix" }
    return parallelism.objection(to: model)
  }

  /// The bytes of one device, term by term.
  public var estimate: MemoryEstimate { MemoryEstimate(self) }
}

// MARK: The largest that fits

extension MemoryPlan {
  /// The longest context that fits `bytes`, at most the learned positions if the model has any; nil
  /// if not even one token fits, or if every context does.
  ///
  /// - Complexity: a binary search of about 40 estimates: every term grows with the context.
  public func longestContext(within bytes: Double) -> Int? {
    let least = max(1, newTokens + sharedPrefix)
    let rows = model.learnedPositionCount
    guard rows > 0 else { return largest(from: least, within: bytes) { $0.context = $1 } }
    var plan = self
    plan.context = max(least, rows)
    if plan.estimate.total <= bytes { return plan.context }
    return largest(from: least, within: bytes) { $0.context = $1 }.map { min($0, plan.context) }
  }

  /// The largest batch that fits `bytes`; nil if none does, or if every one does.
  public func largestBatch(within bytes: Double) -> Int? {
    largest(from: 1, within: bytes) { $0.batch = $1 }
  }

  private func largest(
    from least: Int, within bytes: Double, _ set: (inout MemoryPlan, Int) -> Void
  ) -> Int? {
    func fits(_ value: Int) -> Bool {
      var plan = self
      set(&plan, value)
      return plan.estimate.total <= bytes
    }
    guard fits(least) else { return nil }
    var (low, high) = (least, 2 * least)
    while high < 1 << 40, fits(high) { (low, high) = (high, 2 * high) }
    guard high < 1 << 40 else { return nil }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if fits(middle) { low = middle } else { high = middle }
    }
    return low
  }
}
