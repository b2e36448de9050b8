/// What this course's engine holds for one of its models, in bytes, to be set beside its meter.
///
/// Numbers have four bytes; dropout masks are computed again and take none. Every term is a sum over
/// what is alive at one moment, named in the code, so that a difference to the meter can be found.
public struct EngineBytes: Sendable {
  /// What a position scheme needs besides weights.
  public struct Positions: Sendable {
    /// Whether queries and keys are rotated, into a tensor of their own.
    public var rotates: Bool
    /// Elements of its tables (added vectors, cosines and sines) per position.
    public var tableWidth: Int

    public init(rotates: Bool = false, tableWidth: Int = 0) {
      self.rotates = rotates
      self.tableWidth = tableWidth
    }
  }

  /// The most bytes of a purpose that a pass holds at a time, and the most of all together.
  public struct Peaks: Equatable, Sendable {
    public var activations = 0
    public var cache = 0
    public var workspace = 0
    /// With weights, gradients and optimizer.
    public var total = 0
  }

  public let shape: ModelShape
  public let length: Int
  public let batch: Int
  /// Attention keeps its matrix.
  public let storesScores: Bool
  public let hasDropout: Bool
  public let positions: Positions
  /// Bytes of the tiles that all threads of the attention kernel use, by the kernel's own word.
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

  /// Keys and values for so many tokens.
  public func cache(capacity: Int) -> Int {
    4 * shape.cacheNumbersPerToken * capacity * batch
  }

  var rows: Int { batch * length }
  var d: Int { shape.modelDim }
  var f: Int { shape.feedForwardDim }

  public var layer: LayerActivations {
    LayerActivations(shape, format: .engine, hasDropout: hasDropout)
  }

  /// Numbers a token of one layer; of its attention's inside; of what lies behind all layers.
  public var layerNumbers: Int { outsideNumbers + insideNumbers }
  public var outsideNumbers: Int { layer.numbers + layer.statistics }
  public var insideNumbers: Int {
    guard storesScores else { return shape.headCount }
    return shape.headCount * length * (hasDropout ? 2 : 1)
  }
  /// The last norm's input, result and statistics, and the logits, whose gradient takes their place.
  public var headNumbers: Int { 2 * d + layer.statistics / 2 + shape.vocabularyCount }

  /// Positions that the engine makes a table for: a power of two, at least 64.
  public static func tableLength(for length: Int) -> Int {
    var rows = 64
    while rows < length { rows *= 2 }
    return rows
  }

  public var tableBytes: Int { 4 * Self.tableLength(for: length) * positions.tableWidth }
}
