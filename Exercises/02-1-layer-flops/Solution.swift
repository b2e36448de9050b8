func layerFlops(length: Int, modelDim: Int, feedForwardDim: Int) -> Double {
  let (n, d, f) = (Double(length), Double(modelDim), Double(feedForwardDim))
  let projections = 4 * (2 * n * d * d)
  let feedForward = 2 * (2 * n * d * f)
  let scores = 2 * n * n * d
  let weightedSum = 2 * n * n * d
  return projections + feedForward + scores + weightedSum
}
