@testable import func Learner.segments

/// A chain of layers.
struct SegmentsCall: Decodable {
  let layerCount: Int
}

func answer(_ call: SegmentsCall) -> [Range<Int>] {
  segments(layerCount: call.layerCount)
}
