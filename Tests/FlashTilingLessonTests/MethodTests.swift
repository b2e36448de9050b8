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

  /// A point is timed again if a score takes 30 % longer than at both neighbors. The shorter time
  /// counts.
  @Test func aPointThatIsSlowerThanItsNeighborsIsAnOutlier() {
    func measurement(_ length: Int, _ factor: Double, method: Method = .tiled) -> Measurement {
      let seconds = factor * Double(length * length)
      return Measurement(
        method: method, length: length, isCausal: true, forwardSeconds: seconds / 4,
        bothSeconds: seconds, forwardBytes: 1, bothBytes: 1)
    }
    func outliers(_ factors: [Double]) -> [Int] {
      let lengths = [256, 512, 1024, 2048]
      return Timings(zip(lengths, factors).map { measurement($0, $1) }, headDim: 64)
        .outliers.map(\.length)
    }
    #expect(outliers([9, 1, 1.29, 1]).isEmpty)
    #expect(outliers([9, 1, 1.31, 1]) == [1024])
    #expect(outliers([2, 1, 2, 2]).isEmpty)
    #expect(outliers([1, 1.5, 1, 1.5]) == [512, 2048])
    var timings = Timings([measurement(256, 1), measurement(512, 2)], headDim: 64)
    timings.merge([measurement(512, 1), measurement(512, 5, method: .naive)])
    #expect(timings.of(.tiled, isCausal: true) == [measurement(256, 1), measurement(512, 1)])
    timings.merge([measurement(512, 3)])
    #expect(timings.of(.tiled, isCausal: true).last == measurement(512, 1))
    #expect(timings.outliers.isEmpty)
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

  /// Naive takes 3, 2 and 8 times as long as tiled attention, forward, and 4, 5 and 6 times for both
  /// passes.
  @Test func speedUpsExponentsAndRatesOfKnownTimes() throws {
    func measurement(_ method: Method, _ n: Int, _ forward: Double, _ both: Double) -> Measurement {
      Measurement(
        method: method, length: n, isCausal: true, forwardSeconds: forward, bothSeconds: both,
        forwardBytes: n, bothBytes: method == .naive ? 8 * n * n : 12 * n)
    }
    let naive = [measurement(.naive, 512, 3, 4), measurement(.naive, 1024, 2, 20)]
    let tiled = [(512, 1.0), (1024, 4), (2048, 16), (4096, 64)].map { n, both in
      measurement(.tiled, n, 1, both)
    }
    let timings = Timings(naive + [measurement(.naive, 2048, 8, 96)] + tiled, headDim: 64)
    func least(_ first: Int, _ seconds: (Measurement) -> Double) -> Double? {
      timings.leastSpeedUp(isCausal: true, from: first, seconds)
    }
    #expect(least(512) { $0.forwardSeconds } == 2 && least(2048) { $0.forwardSeconds } == 8)
    #expect(least(512) { $0.bothSeconds } == 4 && least(513) { $0.bothSeconds } == 5)
    #expect(least(4096) { $0.bothSeconds } == nil)
    #expect(timings.leastSpeedUp(isCausal: false, from: 512) { $0.bothSeconds } == nil)
    #expect(abs(try #require(timings.timeExponent(.tiled)) - 2) < 1e-9)
    #expect(abs(try #require(timings.bytesExponent(.naive)) - 2) < 1e-9)
    #expect(abs(try #require(timings.bytesExponent(.tiled)) - 1) < 1e-9)
    // 4 · n² · d FLOPs forward, 14 · n² · d in both passes; half of them under a causal mask.
    #expect(tiled[0].forwardRate(headDim: 64) == 2 * 512 * 512 * 64)
    #expect(tiled[0].bothRate(headDim: 64) == 7 * 512 * 512 * 64)
  }

  /// The backend's attention is slower by a known time, forward and backward.
  @Test func secondsOfAKnownDelay() throws {
    let slow = AlteredBackend(try CPUBackend(threadCount: 1)) { kernel, _ in
      switch kernel {
      case .attention: idle(seconds: 0.02)
      case .attentionBackward: idle(seconds: 0.06)
      default: break
      }
    }
    let head = HeadTensors(
      slow, HeadNumbers(length: 64, headDim: 8, seed: 1), isCausal: true)
    let isMeasured = try holdsOnce {
      let timing = MethodTiming(
        Method.allCases, head, on: slow, rounds: 2, budgetBytes: 1 << 30)
      let naive = try #require(timing.measurements.first { $0.method == .naive })
      let tiled = try #require(timing.measurements.first { $0.method == .tiled })
      #expect(tiled.forwardSeconds >= 0.02 && tiled.bothSeconds >= 0.08)
      return naive.bothSeconds < 0.02 && tiled.forwardSeconds < 0.06 && tiled.bothSeconds < 0.16
    }
    #expect(isMeasured)
  }
}
