@testable import func Learner.yarnFrequencies

/// The arguments of the learner's function.
struct YaRNCall: Decodable {
  let headDim: Int
  let base: Double
  let factor: Double
  let trainedLength: Int
  let slow: Double
  let fast: Double
}

func answer(_ call: YaRNCall) -> [Double] {
  yarnFrequencies(
    headDim: call.headDim, base: call.base, factor: call.factor,
    trainedLength: call.trainedLength, slow: call.slow, fast: call.fast)
}
