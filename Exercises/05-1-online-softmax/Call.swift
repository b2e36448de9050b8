@testable import struct Learner.OnlineAttention

/// A stream of scores and their values.
struct Stream: Decodable {
  let scores: [Float]
  let values: [[Float]]
}

/// The running maximum and sum after each score, and the output after the last.
struct Trace: Encodable {
  var maxima: [Float] = []
  var sums: [Float] = []
  var output: [Float] = []
}

func answer(_ stream: Stream) -> Trace {
  var (attention, trace) = (OnlineAttention(), Trace())
  for (score, value) in zip(stream.scores, stream.values) {
    attention.add(score: score, value: value)
    trace.maxima.append(attention.maximum)
    trace.sums.append(attention.sum)
  }
  trace.output = attention.output
  return trace
}
