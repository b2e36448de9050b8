@testable import struct Learner.Part
@testable import func Learner.ringAttention

/// Attention of a device's query over a part of the keys.
struct Partial: Codable {
  let output: [Float]
  let logSumExp: Float
}

/// `[device][part]`, later parts included. The answer has one result for each device.
struct RingCall: Decodable {
  let parts: [[Partial]]
}

func answer(_ call: RingCall) -> [Partial] {
  let found = ringAttention(count: call.parts.count) { device, part in
    let partial = call.parts[device][part]
    return Part(output: partial.output, logSumExp: partial.logSumExp)
  }
  return found.map { Partial(output: $0.output, logSumExp: $0.logSumExp) }
}
