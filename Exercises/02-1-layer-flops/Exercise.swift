/// The FLOPs of one layer for a text; a multiply-add is 2 FLOPs.
///
/// - `length`: tokens, n. `modelDim`: d. `feedForwardDim`: f.
/// - Returns: FLOPs of four d × d projections, of a feed-forward layer d × f × d, and of
///   attention without a mask.
func layerFlops(length: Int, modelDim: Int, feedForwardDim: Int) -> Double {
  let (n, d, f) = (Double(length), Double(modelDim), Double(feedForwardDim))
  // TODO: add up the matrix products.
  _ = (n, d, f)
  return 0
}
