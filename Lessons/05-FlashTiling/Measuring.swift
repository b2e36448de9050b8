import Foundation
import TensorCore

/// One method at one length, on the clock and on the meter.
package struct Measurement: Codable {
  package let method: String
  package let length: Int
  package let isCausal: Bool
  package let forwardSeconds: Double
  package let bothSeconds: Double
  /// Peak beyond the head's own tensors.
  package let forwardBytes: Int
  package let bothBytes: Int

  /// Operations that attention needs over the time: 4 · n² · d forward, half of it under a causal
  /// mask. What a method does beyond that is its own affair.
  func forwardRate(headDim: Int) -> Double {
    let pairs = Double(length) * Double(length) * (isCausal ? 0.5 : 1)
    return 4 * pairs * Double(headDim) / forwardSeconds
  }

  /// The same with the backward pass, which needs two and a half times the forward operations.
  func bothRate(headDim: Int) -> Double {
    let pairs = Double(length) * Double(length) * (isCausal ? 0.5 : 1)
    return 14 * pairs * Double(headDim) / bothSeconds
  }
}

/// A method that was not run, since it would have needed too much.
package struct Refusal: Equatable, Codable {
  package let method: String
  package let length: Int
  package let bytes: Int

  package init(method: String, length: Int, bytes: Int) {
    (self.method, self.length, self.bytes) = (method, length, bytes)
  }
}

/// Runs several methods at one length, in turn, again and again, and keeps each one's best time: on
/// a machine that does other things too, the best is what says most about the method.
package struct Sitting {
  package private(set) var measurements: [Measurement] = []
  package private(set) var refusals: [Refusal] = []

  /// A method that would need more than `budgetBytes` is refused before it starts.
  package init(
    _ methods: [any AttentionMethod], _ head: HeadTensors, on backend: any Backend, rounds: Int,
    budgetBytes: Int
  ) {
    let length = head.length
    let admitted = methods.filter { method in
      let bytes = method.predictedBytes(length: length, withBackward: true)
      if bytes <= budgetBytes { return true }
      refusals.append(Refusal(method: method.name, length: length, bytes: bytes))
      return false
    }
    var best = [(forward: Double, both: Double)](
      repeating: (.infinity, .infinity), count: admitted.count)
    var peaks = [(forward: Int, both: Int)](repeating: (0, 0), count: admitted.count)
    for _ in 0..<rounds {
      for (index, method) in admitted.enumerated() {
        let (seconds, bytes) = Self.once(method, head, backend)
        best[index].forward = min(best[index].forward, seconds.forward)
        best[index].both = min(best[index].both, seconds.both)
        peaks[index] = bytes
      }
    }
    measurements = admitted.indices.map { index in
      Measurement(
        method: admitted[index].name, length: length, isCausal: head.problem.isCausal,
        forwardSeconds: best[index].forward, bothSeconds: best[index].both,
        forwardBytes: peaks[index].forward, bothBytes: peaks[index].both)
    }
  }

  private static func once(
    _ method: any AttentionMethod, _ head: HeadTensors, _ backend: any Backend
  ) -> (seconds: (forward: Double, both: Double), bytes: (forward: Int, both: Int)) {
    let held = backend.meter.current.totalBytes
    backend.finish()
    let start = ContinuousClock.now
    let ((saved, forwardTime), forwardPeak) = backend.meter.scope {
      let saved = method.forward(head, on: backend)
      backend.finish()
      return (saved, ContinuousClock.now - start)
    }
    let ((), bothPeak) = backend.meter.scope {
      method.backward(head, saved: saved, on: backend)
      backend.finish()
    }
    let bothTime = ContinuousClock.now - start
    return (
      (seconds(forwardTime), seconds(bothTime)),
      (forwardPeak.totalBytes - held, max(forwardPeak.totalBytes, bothPeak.totalBytes) - held)
    )
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
