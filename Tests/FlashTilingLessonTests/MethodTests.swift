import CPUBackend
import FlashTilingLesson
import TensorCore
import TestSupport
import Testing

/// Both methods give the results of the reference. Also tests their timing.
@Suite struct MethodTests {
  @Test(arguments: [1, 7, 64, 130], [false, true])
  func bothMethodsGiveTheReference(length: Int, isCausal: Bool) throws {
    let backend = try CPUBackend(threadCount: 2)
    let numbers = HeadNumbers(length: length, headDim: 8, seed: 4)
    let reference = HeadReference(
      queries: numbers.queries, keys: numbers.keys, values: numbers.values, isCausal: isCausal)
    let gradients = reference.gradients(outputGradient: numbers.outputGradient)
    for method in Method.allCases {
      let head = HeadTensors(backend, numbers, isCausal: isCausal)
      let saved = method.implementation.forward(head, on: backend)
      method.implementation.backward(head, saved: saved, on: backend)
      for (tensor, expected) in [
        (head.output, reference.output), (head.queryGradient, gradients.queries),
        (head.keyGradient, gradients.keys), (head.valueGradient, gradients.values),
      ] {
        // The gradients of a single token are zero: differences of numbers near 1.
        let tolerance = Tolerance(relative: 2e-5, floor: 1)
        let found = difference(backend.read(tensor), expected.map { Float($0) }, tolerance)
        #expect(found.isWithin, "\(method): \(found)")
      }
    }
  }

  @Test func aMethodThatNeedsTooMuchMemoryDoesNotRun() throws {
    let backend = try CPUBackend(threadCount: 1)
    let head = HeadTensors(
      backend, HeadNumbers(length: 64, headDim: 8, seed: 4), isCausal: true)
    let needed = 2 * 4 * 64 * 64
    let timing = { (budget: Int) in
      MethodTiming(Method.allCases, head, on: backend, rounds: 1, budgetBytes: budget)
    }
    let refused = timing(needed - 1)
    #expect(refused.refusals == [Refusal(method: .naive, length: 64, bytes: needed)])
    #expect(refused.measurements.map(\.method) == [.tiled])
    let admitted = timing(needed)
    #expect(admitted.refusals.isEmpty)
    #expect(admitted.measurements.map(\.method) == [.naive, .tiled])
    // The meter agrees with the formula, and no tensor of the methods is left.
    let naive = try #require(admitted.measurements.first { $0.method == .naive })
    #expect(naive.bothBytes == needed)
    #expect(naive.forwardBytes == needed / 2)
    #expect(backend.meter.current.totalBytes == 8 * 4 * 64 * 8)
  }

  /// Results are looked up by method and length, whatever their order.
  @Test func theOrderOfTheMeasurementsChangesNoResult() {
    let measurements = Method.allCases.flatMap { method in
      [512, 1024, 2048].flatMap { length in
        [false, true].map { isCausal in
          let seconds = Double(length * length) * (method == .naive ? 3 : 1) + Double(length)
          return Measurement(
            method: method, length: length, isCausal: isCausal, forwardSeconds: seconds,
            bothSeconds: 3 * seconds, forwardBytes: length, bothBytes: 2 * length)
        }
      }
    }
    let (usual, reversed) = (
      Timings(measurements, headDim: 64), Timings(measurements.reversed(), headDim: 64)
    )
    for isCausal in [false, true] {
      #expect(
        usual.leastSpeedUp(isCausal: isCausal, from: 512) { $0.forwardSeconds }
          == reversed.leastSpeedUp(isCausal: isCausal, from: 512) { $0.forwardSeconds })
      for method in Method.allCases {
        #expect(
          usual.of(method, isCausal: isCausal) == reversed.of(method, isCausal: isCausal))
      }
    }
    for method in Method.allCases {
      #expect(usual.timeExponent(method) == reversed.timeExponent(method))
      #expect(usual.bytesExponent(method) == reversed.bytesExponent(method))
    }
  }
}
