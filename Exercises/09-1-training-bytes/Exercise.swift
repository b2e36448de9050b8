/// Bytes on one device for weights, gradients and Adam's state, in mixed precision
/// (Rajbhandari et al., 2020, section 3.1).
///
/// - `stage`: the stage of ZeRO, from 0 (nothing is divided) to 3 (everything is).
/// - Returns: bytes, without activations.
func trainingBytes(parameterCount: Int, deviceCount: Int, stage: Int) -> Int {
  // TODO: 2 bytes for the weight, 2 for its gradient, 12 of optimizer state: which are divided?
  return 0
}
