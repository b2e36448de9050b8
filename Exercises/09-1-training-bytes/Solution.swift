func trainingBytes(parameterCount: Int, deviceCount: Int, stage: Int) -> Int {
  let share = (parameterCount + deviceCount - 1) / deviceCount
  let optimizer = 12 * (stage >= 1 ? share : parameterCount)
  let gradients = 2 * (stage >= 2 ? share : parameterCount)
  let weights = 2 * (stage >= 3 ? share : parameterCount)
  return optimizer + gradients + weights
}
