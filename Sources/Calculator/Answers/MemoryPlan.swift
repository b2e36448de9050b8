/// The settings that determine the memory of a model on one device.
public struct MemoryPlan: Sendable {
  public enum Use: String, Sendable, Codable, CaseIterable {
    case training, inference
  }

  public var model: ModelShape
  public var use: Use
  /// Tokens per sequence.
  public var context: Int
  /// Sequences on one device.
  public var batch: Int
  /// Whether attention materializes its score matrix, as before tiling (lesson 5).
  public var storesScores: Bool
  /// The sliding window of every layer (lesson 4); nil for full attention.
  public var window: Int?
  /// Format of the weights in inference.
  public var weightFormat: NumberFormat
  /// Format of the KV cache in inference.
  public var cacheFormat: NumberFormat
  /// Bytes per weight in training.
  public var state: TrainingState
  public var recomputation: Recomputation
  public var hasDropout: Bool
  /// The stage of ZeRO in training.
  public var stage: ZeROStage
  /// Devices that train together, or that share the weights in inference.
  public var deviceCount: Int

  public init(
    model: ModelShape, use: Use = .inference, context: Int = 100_000, batch: Int = 1,
    storesScores: Bool = false, window: Int? = nil, weightFormat: NumberFormat = .float16,
    cacheFormat: NumberFormat = .float16, state: TrainingState = .mixed16,
    recomputation: Recomputation = .nothing, hasDropout: Bool = false,
    stage: ZeROStage = .nothing, deviceCount: Int = 1
  ) {
    self.model = model
    self.use = use
    self.context = context
    self.batch = batch
    self.storesScores = storesScores
    self.window = window
    self.weightFormat = weightFormat
    self.cacheFormat = cacheFormat
    self.state = state
    self.recomputation = recomputation
    self.hasDropout = hasDropout
    self.stage = stage
    self.deviceCount = deviceCount
  }

  /// Why the plan is invalid; nil if it is valid.
  public var objection: String? {
    if context < 1 { return "a context of \(context) tokens; it must be 1 or more" }
    if batch < 1 { return "a batch of \(batch) sequences; it must be 1 or more" }
    if let window, window < 1 { return "a window of \(window) tokens; it must hold 1 or more" }
    if deviceCount < 1 { return "\(deviceCount) devices; there must be 1 or more" }
    if storesScores, window != nil {
      return "a window with a stored score matrix, which has all pairs; the window saves nothing"
    }
    return nil
  }

  /// The bytes of one device, term by term.
  public var estimate: MemoryEstimate { MemoryEstimate(self) }

  /// The longest context that fits `bytes`; nil if not even one token fits.
  ///
  /// - Complexity: a binary search of about 40 estimates: every term grows with the context.
  public func longestContext(within bytes: Double) -> Int? {
    func fits(_ context: Int) -> Bool {
      var plan = self
      plan.context = context
      return plan.estimate.total <= bytes
    }
    guard fits(1) else { return nil }
    var (low, high) = (1, 2)
    while high < 1 << 40, fits(high) { (low, high) = (high, 2 * high) }
    guard high < 1 << 40 else { return nil }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if fits(middle) { low = middle } else { high = middle }
    }
    return low
  }
}
