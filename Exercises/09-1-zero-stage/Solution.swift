func lowestStage(
  parameterCount: Int, deviceCount: Int, activationBytes: Int, memoryBytes: Int
) -> Int? {
  let share = (parameterCount + deviceCount - 1) / deviceCount
  return (0...3).first { stage in
    let optimizer = 12 * (stage >= 1 ? share : parameterCount)
    let gradients = 2 * (stage >= 2 ? share : parameterCount)
    let weights = 2 * (stage >= 3 ? share : parameterCount)
    return optimizer + gradients + weights + activationBytes <= memoryBytes
  }
}
