import LessonKit
import TensorCore

/// Time and memory of one method at one length.
package struct Measurement: Codable, Equatable {
  package let method: Method
  package let length: Int
  package let isCausal: Bool
  package let forwardSeconds: Double
  package let bothSeconds: Double
  /// Peak beyond the head's own tensors.
  package let forwardBytes: Int
  package let bothBytes: Int

  package init(
    method: Method, length: Int, isCausal: Bool, forwardSeconds: Double, bothSeconds: Double,
    forwardBytes: Int, bothBytes: Int
  ) {
    (self.method, self.length, self.isCausal) = (method, length, isCausal)
    (self.forwardSeconds, self.bothSeconds) = (forwardSeconds, bothSeconds)
    (self.forwardBytes, self.bothBytes) = (forwardBytes, bothBytes)
  }

  /// FLOPs per second of the forward pass: 4 · n² · d, half of it under a causal mask. These are
  /// the FLOPs that attention needs; a method may compute more.
  package func forwardRate(headDim: Int) -> Double {
    4 * pairCount * Double(headDim) / forwardSeconds
  }

  /// FLOPs per second of both passes. The backward pass needs 2.5 times the FLOPs of the forward
  /// pass.
  package func bothRate(headDim: Int) -> Double {
    14 * pairCount * Double(headDim) / bothSeconds
  }

  private var pairCount: Double { Double(length) * Double(length) * (isCausal ? 0.5 : 1) }
}

/// A method that did not run because it would have needed too much memory.
package struct Refusal: Equatable, Codable {
  package let method: Method
  package let length: Int
  package let bytes: Int

  package init(method: Method, length: Int, bytes: Int) {
    (self.method, self.length, self.bytes) = (method, length, bytes)
  }
}

/// The measurements of several methods at one length.
///
/// The methods run in interleaved rounds. The shortest time of each counts, because other work on
/// the machine can only make a run longer.
package struct MethodTiming {
  package private(set) var measurements: [Measurement] = []
  package private(set) var refusals: [Refusal] = []

  /// Refuses a method before it starts if it would need more than `budgetBytes`.
  package init(
    _ methods: [Method], _ head: HeadTensors, on backend: any Backend, rounds: Int, budgetBytes: Int
  ) {
    let admitted = methods.filter { method in
      let bytes = method.implementation.predictedBytes(length: head.length, withBackward: true)
      if bytes <= budgetBytes { return true }
      refusals.append(Refusal(method: method, length: head.length, bytes: bytes))
      return false
    }
    let samples = interleaved(admitted, rounds: rounds, warmUpRounds: 0) {
      Self.sample($0.implementation, head, backend)
    }
    measurements = zip(admitted, samples).map { method, samples in
      Measurement(
        method: method, length: head.length, isCausal: head.problem.isCausal,
        forwardSeconds: samples.map(\.forwardSeconds).min() ?? .infinity,
        bothSeconds: samples.map(\.bothSeconds).min() ?? .infinity,
        forwardBytes: samples.last?.forwardBytes ?? 0, bothBytes: samples.last?.bothBytes ?? 0)
    }
  }

  private struct Sample {
    let forwardSeconds, bothSeconds: Double
    let forwardBytes, bothBytes: Int
  }

  private static func sample(
    _ method: any AttentionMethod, _ head: HeadTensors, _ backend: any Backend
  ) -> Sample {
    let before = backend.meter.current.totalBytes
    backend.synchronize()
    let start = ContinuousClock.now
    let ((saved, forwardSeconds), forwardPeak) = backend.meter.scope {
      let saved = method.forward(head, on: backend)
      backend.synchronize()
      return (saved, seconds(since: start))
    }
    let ((), backwardPeak) = backend.meter.scope {
      method.backward(head, saved: saved, on: backend)
      backend.synchronize()
    }
    return Sample(
      forwardSeconds: forwardSeconds, bothSeconds: seconds(since: start),
      forwardBytes: forwardPeak.totalBytes - before,
      bothBytes: max(forwardPeak.totalBytes, backwardPeak.totalBytes) - before)
  }
}
