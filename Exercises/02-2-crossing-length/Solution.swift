func crossingLength(modelDim: Int, feedForwardDim: Int, isCausal: Bool) -> Int {
  // 8nd² + 4ndf = 4n²d, so n = 2d + f.
  let plain = 2 * modelDim + feedForwardDim
  return isCausal ? 2 * plain : plain
}
