@testable import struct Learner.Layer
@testable import func Learner.crossingLength

/// Layers of several widths, with one head and a feed-forward layer four times as wide.
struct CrossingsCall: Decodable {
  let widths: [Int]
  let isCausal: Bool
}

func answer(_ call: CrossingsCall) -> [Int] {
  call.widths.map { width in
    crossingLength(
      of: Layer(
        modelDim: width, headCount: 1, kvHeadCount: 1, headDim: width, feedForwardDim: 4 * width,
        matrixCount: 2), isCausal: call.isCausal)
  }
}
