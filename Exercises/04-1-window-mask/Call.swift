@testable import func Learner.windowMask

/// The arguments of the learner's function.
struct WindowCall: Decodable {
  let length: Int
  let window: Int
}

func answer(_ call: WindowCall) -> [[Bool]] {
  windowMask(length: call.length, window: call.window)
}
