struct Layer {
  var modelDim: Int
  var headCount: Int
  var kvHeadCount: Int
  var headDim: Int
  var feedForwardDim: Int
  var matrixCount: Int
}

func crossingLength(of layer: Layer, isCausal: Bool) -> Int {
  let queryDim = layer.headCount * layer.headDim
  let keyDim = layer.kvHeadCount * layer.headDim
  let projections = layer.modelDim * (2 * queryDim + 2 * keyDim)
  let weights = projections + layer.matrixCount * layer.modelDim * layer.feedForwardDim
  // 2 · n · weights = 4 · n² · queryDim, or half of that.
  let divisor = isCausal ? queryDim : 2 * queryDim
  return (weights + divisor - 1) / divisor
}
