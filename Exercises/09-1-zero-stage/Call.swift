@testable import func Learner.lowestStage

/// One model on devices of several sizes.
struct StagesCall: Decodable {
  let parameterCount: Int
  let deviceCount: Int
  let memoryBytes: [Int]
}

/// The stages; −1 where none fits.
func answer(_ call: StagesCall) -> [Int] {
  call.memoryBytes.map {
    lowestStage(
      parameterCount: call.parameterCount, deviceCount: call.deviceCount, activationBytes: 0,
      memoryBytes: $0) ?? -1
  }
}
