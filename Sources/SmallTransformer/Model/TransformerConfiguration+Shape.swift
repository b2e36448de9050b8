import Calculator
import TensorCore

extension TransformerConfiguration {
  /// The sizes of the model, for the calculator.
  ///
  /// - Precondition: every layer is dense and without learned sinks, embeddings are trained, and the
  ///   classes are the vocabulary. The calculator supports no other models.
  public func shape(named name: String = "this lesson's model") -> ModelShape {
    precondition(
      blocks is DenseBlocks && fixedEmbedding == nil && classCount == nil && !hasLearnedSinks,
      """
      shape: the calculator supports only dense models with trained embeddings and without learned \
      sinks, not \(identity)
      """)
    let hidden = Calculator.FeedForward(
      feedForwardDim, isGated: self.feedForward == .swiGLU, hasBiases: hasBiases)
    let layers = (0..<layerCount).map { layer in
      Layer(
        Attention(
          heads: headCount, kvHeads: kvHeadCount, headDim: headDim,
          window: pattern.layer(layer).pattern.window, biases: hasBiases ? .all : .none),
        hidden)
    }
    return ModelShape(
      name: name, modelDim: modelDim, vocabularyCount: vocabularyCount, layers: layers,
      norm: norm == .layerNorm ? .layerNorm : .rmsNorm, tiesEmbedding: tiesEmbedding,
      learnedPositionCount: positions.learnedPositionCount ?? 0, source: "this run")
  }

  /// A plan for the calculator that counts what this engine allocates, so that its estimate can be
  /// compared with the memory meter.
  ///
  /// A pass has `batch` sequences of `length` tokens. With a `cacheCapacity` it fills a cache with
  /// room for that many tokens; without one it has no cache.
  public func plan(
    _ use: MemoryPlan.Use, length: Int, batch: Int = 1, recomputation: Recomputation = .nothing,
    cacheCapacity: Int? = nil, on backend: any Backend
  ) -> MemoryPlan {
    // One row of each table that the scheme makes.
    let angles = positions.rotation(length: 1, headDim: headDim)
    let added = positions.addedTable(length: 1, modelDim: modelDim)
    var accounting = Accounting.engine
    accounting.rotatesIntoCopy = angles != nil
    accounting.positionTableDim =
      [angles?.cosines, angles?.sines, added].reduce(0) { $0 + ($1?.count ?? 0) }
    accounting.tiles = Accounting.Tiles(
      forward: backend.attentionTileBytes(headDim: headDim, isBackward: false),
      backward: backend.attentionTileBytes(headDim: headDim, isBackward: true))
    var plan = MemoryPlan(
      model: shape(), use: use, context: length, batch: batch,
      storesScores: attention == .naive, weightFormat: .float32, cacheFormat: .float32,
      state: .float32, recomputation: recomputation, hasDropout: dropout > 0,
      accounting: accounting)
    plan.hasCache = cacheCapacity != nil
    plan.cacheCapacity = cacheCapacity
    return plan
  }
}
