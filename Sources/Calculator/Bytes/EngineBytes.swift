/// The predicted memory of this course's engine for a model, in bytes, to compare with its meter.
///
/// Elements have four bytes; dropout masks are recomputed and need none. Every term is a sum over
/// the tensors that are live at one point of a pass, so that a difference from the meter can be
/// found.
public struct EngineBytes: Sendable {
  /// What a position scheme needs besides weights.
  public struct Positions: Sendable {
    /// Whether queries and keys are rotated, into a separate tensor.
    public var rotates: Bool
    /// Elements of its tables (added vectors, cosines and sines) per position.
    public var tableWidth: Int

    public init(rotates: Bool = false, tableWidth: Int = 0) {
      self.rotates = rotates
      self.tableWidth = tableWidth
    }
  }

  /// The peak memory of a pass, by purpose and in total.
  public struct PeakMemory: Equatable, Sendable {
    public var activations = 0
    public var cache = 0
    public var workspace = 0
    /// With weights, gradients and optimizer state.
    public var total = 0
  }

  public let shape: ModelShape
  public let length: Int
  public let batch: Int
  /// Whether attention materializes its score matrix.
  public let storesScores: Bool
  public let hasDropout: Bool
  public let positions: Positions
  /// Bytes of the attention kernel's tiles, of all threads together.
  public let tiles: Tiles

  public struct Tiles: Sendable {
    public var forward: Int
    public var backward: Int

    public init(forward: Int = 0, backward: Int = 0) {
      self.forward = forward
      self.backward = backward
    }
  }

  public init(
    _ shape: ModelShape, length: Int, batch: Int = 1, storesScores: Bool = false,
    hasDropout: Bool = false, positions: Positions = Positions(), tiles: Tiles = Tiles()
  ) {
    self.shape = shape
    self.length = length
    self.batch = batch
    self.storesScores = storesScores
    self.hasDropout = hasDropout
    self.positions = positions
    self.tiles = tiles
  }

  public var parameters: Int { 4 * shape.parameterCount }
  public var gradients: Int { 4 * shape.parameterCount }
  public var optimizer: Int { 8 * shape.parameterCount }

  /// Keys and values of `capacity` tokens.
  public func cache(capacity: Int) -> Int {
    4 * shape.cacheElementsPerToken * capacity * batch
  }

  var rows: Int { batch * length }
  var d: Int { shape.modelDim }
  var f: Int { shape.feedForwardDim }

  public var layer: LayerActivations {
    LayerActivations(shape, format: .engine, hasDropout: hasDropout)
  }

  /// Elements per token that one layer keeps.
  public var layerElements: Int { outsideElements + insideElements }
  /// Of these, the elements outside attention.
  public var outsideElements: Int { layer.elements + layer.statistics }
  /// Of these, the elements inside attention: log-sum-exp, or score matrices.
  public var insideElements: Int {
    guard storesScores else { return shape.headCount }
    return shape.headCount * length * (hasDropout ? 2 : 1)
  }
  /// Elements per token after all layers: the last norm's input, result and statistics, and the
  /// logits, whose gradient overwrites them.
  public var headElements: Int { 2 * d + layer.statistics / 2 + shape.vocabularyCount }

  /// The number of positions of the engine's tables: a power of two, at least 64.
  public static func tableLength(for length: Int) -> Int {
    var rows = 64
    while rows < length { rows *= 2 }
    return rows
  }

  /// Bytes of the position scheme's tables.
  public var tableBytes: Int { 4 * Self.tableLength(for: length) * positions.tableWidth }
}
