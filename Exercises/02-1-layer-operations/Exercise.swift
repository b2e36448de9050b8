/// Operations of one layer over a text; a multiplication and an addition are two.
///
/// - `length`: tokens, n. `modelDim`: d. `feedForwardDim`: f.
/// - Returns: operations of four d × d projections, of a feed-forward part d × f × d, and of
///   attention without a mask.
func layerFlops(length: Int, modelDim: Int, feedForwardDim: Int) -> Double {
  let (n, d, f) = (Double(length), Double(modelDim), Double(feedForwardDim))
  // TODO: add up the products.
  _ = (n, d, f)
  return 0
}
