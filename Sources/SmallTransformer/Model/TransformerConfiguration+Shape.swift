import Calculator
import TensorCore

extension TransformerConfiguration {
  /// The sizes of the model, for the calculator.
  ///
  /// - Precondition: every layer is dense, embeddings are trained, and the classes are the
  ///   vocabulary. The calculator supports no other models.
  public func shape(named name: String = "this lesson's model") -> ModelShape {
    precondition(
      blocks is DenseBlocks && fixedEmbedding == nil && classCount == nil,
      "shape: the calculator supports only dense models with trained embeddings, not \(identity)")
    return ModelShape(
      name: name, layerCount: layerCount, modelDim: modelDim, headCount: headCount,
      kvHeadCount: kvHeadCount, headDim: headDim, feedForwardDim: feedForwardDim,
      vocabularyCount: vocabularyCount, block: feedForward == .swiGLU ? .llama : .gpt,
      norm: norm == .layerNorm ? .layerNorm : .rmsNorm, hasBiases: hasBiases,
      tiesEmbedding: tiesEmbedding, learnedPositionCount: positions.learnedPositionCount ?? 0,
      source: "this run")
  }

  /// The predicted memory for a batch of sequences of one length, with the backend's attention
  /// tiles.
  public func predictedBytes(
    length: Int, batch: Int = 1, on backend: any Backend
  ) -> EngineBytes {
    let tiles = EngineBytes.Tiles(
      forward: backend.attentionTileBytes(headDim: headDim, isBackward: false),
      backward: backend.attentionTileBytes(headDim: headDim, isBackward: true))
    // One row of each table that the scheme makes.
    let angles = positions.rotation(length: 1, headDim: headDim)
    let added = positions.addedTable(length: 1, modelDim: modelDim)
    let width = [angles?.cosines, angles?.sines, added].reduce(0) { $0 + ($1?.count ?? 0) }
    return EngineBytes(
      shape(), length: length, batch: batch, storesScores: attention == .naive,
      hasDropout: dropout > 0, positions: .init(rotates: angles != nil, tableWidth: width),
      tiles: tiles)
  }
}
