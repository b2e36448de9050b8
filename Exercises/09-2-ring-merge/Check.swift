import Foundation

@testable import struct Learner.Part
@testable import func Learner.ringAttention

/// A text in parts of two keys, which writes down the calls. The scores are those of all queries.
private final class Ring {
  let scores: [[Float]]
  let values: [[Float]]
  private(set) var calls: [[Int]] = []

  init(scores: [[Float]]) {
    self.scores = scores
    values = scores.indices.map { part in [Float(part * part) + 1, Float(part % 3) - 2] }
  }

  /// The attention to some parts at once.
  func whole(_ parts: [Int]) -> Part {
    let own = parts.flatMap { part in scores[part].map { (score: $0, value: values[part]) } }
    let top = own.map(\.score).max() ?? 0
    let weights = own.map { exp($0.score - top) }
    let sum = weights.reduce(0, +)
    let output = (0..<2).map { d -> Float in
      zip(weights, own).reduce(Float(0)) { $0 + $1.0 * $1.1.value[d] } / sum
    }
    return Part(output: output, logSumExp: top + log(sum))
  }

  func attend(_ device: Int, _ part: Int) -> Part {
    calls.append([device, part])
    return whole([part])
  }
}

/// The calls of each step, in order.
private func calls(_ count: Int, direction: Int = -1, causal: Bool = true) -> [[Int]] {
  (0..<count).flatMap { step -> [[Int]] in
    (0..<count).compactMap { device -> [Int]? in
      let part = (device + direction * step + count) % count
      return causal && part > device ? nil : [device, part]
    }
  }
}

func check(_ grader: Grader) throws {
  func flat(_ parts: [Part]) -> [[Float]] { parts.map { $0.output + [$0.logSumExp] } }
  for count in [1, 2, 4, 5] {
    let scores = (0..<count).map { part -> [Float] in
      let first = Float((part * 5) % 7)
      return [first / 2, Float(part % 2)]
    }
    let ring = Ring(scores: scores)
    let question = "ringAttention(count: \(count))"
    let found = grader.ask(question) { ringAttention(count: count, attend: ring.attend) }
    try grader.same(
      question + ": the calls of attend, [device, part]", ring.calls, calls(count),
      mistakes: [
        Mistake(
          "Parts after the device's own were attended: skip them, attention is causal.",
          calls(count, causal: false)),
        Mistake(
          "The ring turns the other way: a device passes its part to the next, so in step s "
            + "device d holds part d − s.", calls(count, direction: 1)),
        Mistake(
          "Each device went through all parts before the next began; all devices work at the same "
            + "time, step by step.",
          (0..<count).flatMap { device -> [[Int]] in
            (0...device).map { [device, device - $0] }
          }),
        Mistake(
          "That is the order of the parts, not of the ring: in step 0 a device works with its own.",
          (0..<count).flatMap { device -> [[Int]] in (0...device).map { [device, $0] } }),
      ])
    let right = (0..<count).map { ring.whole(Array(0...$0)) }
    try grader.same(
      question + ": outputs, then logSumExp", flat(found), flat(right), within: 1e-4,
      mistakes: [
        Mistake(
          "Each device's result is that of the last part that it met; merge it with those before.",
          flat((0..<count).map { _ in ring.whole([0]) })),
        Mistake(
          "The logSumExp must be that of both parts together: a later merge needs it.",
          flat(keepingOwn(ring, count))),
        Mistake(
          "That is the unweighted mean of the parts: those with larger scores must count more.",
          flat(unweighted(ring, count))),
      ])
  }
  let large = Ring(scores: [[200, 100], [201, 0], [199, 300]])
  let found = grader.ask("ringAttention(count: 3), with scores up to 300") {
    ringAttention(count: 3, attend: large.attend)
  }
  try grader.same(
    "ringAttention(count: 3), with scores up to 300: outputs, then logSumExp", flat(found),
    flat((0..<3).map { large.whole(Array(0...$0)) }), within: 1e-4,
    mistakes: [
      Mistake(
        "exp(300) does not fit in a Float: subtract the larger logSumExp first.",
        flat([large.whole([0])]) + [[.nan, .nan, .infinity], [.nan, .nan, .infinity]])
    ])
}

/// Merged with the right weights of two, but with the logSumExp of the device's own part.
private func keepingOwn(_ ring: Ring, _ count: Int) -> [Part] {
  (0..<count).map { device -> Part in
    var result = ring.whole([device])
    for part in (0..<device).reversed() {
      let other = ring.whole([part])
      let (first, second) = (exp(result.logSumExp), exp(other.logSumExp))
      result.output = zip(result.output, other.output).map {
        (first * $0 + second * $1) / (first + second)
      }
    }
    return result
  }
}

/// Merged with equal weights, one part after the other.
private func unweighted(_ ring: Ring, _ count: Int) -> [Part] {
  (0..<count).map { device -> Part in
    var result = ring.whole(Array(0...device))
    result.output = ring.whole([device]).output
    for part in (0..<device).reversed() {
      result.output = zip(result.output, ring.whole([part]).output).map { ($0 + $1) / 2 }
    }
    return result
  }
}
