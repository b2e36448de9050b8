@testable import func Learner.windowMask

/// The arguments of the learner's function.
struct WindowCall: Decodable {
  let queryCount: Int
  let keyCount: Int
  let window: Int
  let sinkCount: Int
}

func answer(_ call: WindowCall) -> [[Bool]] {
  windowMask(
    queryCount: call.queryCount, keyCount: call.keyCount, window: call.window,
    sinkCount: call.sinkCount)
}
