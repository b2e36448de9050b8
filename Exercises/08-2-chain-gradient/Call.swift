import Foundation

@testable import struct Learner.Layer
@testable import func Learner.gradient

/// The chain of the lesson, of which every `segment`-th input is kept: layer i maps x to
/// x + sin(x + i)/4.
struct ChainCall: Decodable {
  let length: Int
  let x: Double
  let segment: Int
}

/// The derivative, and the number of layers that were computed.
struct ChainAnswer: Encodable {
  var gradient: Double
  var evaluations: Int
}

func answer(_ call: ChainCall) -> ChainAnswer {
  var count = 0
  let layers = (0..<call.length).map { index in
    Layer(
      forward: { x in
        count += 1
        return x + sin(x + Double(index)) / 4
      }, derivative: { 1 + cos($0 + Double(index)) / 4 })
  }
  let gradient = gradient(of: layers, at: call.x, segment: call.segment)
  return ChainAnswer(gradient: gradient, evaluations: count)
}
