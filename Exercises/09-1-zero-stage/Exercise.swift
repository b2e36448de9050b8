/// The lowest stage of ZeRO with which training fits (Rajbhandari et al., 2020, section 3.1).
///
/// - `activationBytes`: of one device, at every stage.
/// - `memoryBytes`: of one device; as many bytes as that still fit.
/// - Returns: the stage, from 0 (nothing is divided) to 3 (everything is); nil if none fits.
func lowestStage(
  parameterCount: Int, deviceCount: Int, activationBytes: Int, memoryBytes: Int
) -> Int? {
  // TODO: how many bytes does one device need at each stage?
  return -1
}
