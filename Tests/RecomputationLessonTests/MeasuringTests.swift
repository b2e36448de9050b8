import CPUBackend
import Foundation
import RecomputationLesson
import SmallTransformer
import TestSupport
import Testing

/// Exponents by depth, and gradients compared bit by bit.
@Suite struct MeasuringTests {
  @Test func localExponentsOfKnownCurves() {
    #expect(DepthCurve(bytes: [4, 8, 32]).localExponents([1, 4, 16]) == [0.5, 1])
    #expect(DepthCurve(bytes: [7, 7]).localExponents([2, 4]) == [0])
  }

  /// 10 values per token outside, and 3 per head and key.
  @Test func aLayerFitFindsBothCoefficients() {
    let fit = LayerFit(headCount: 2, short: (4, 10 + 3 * 8), long: (9, 10 + 3 * 18))
    #expect(fit.outside == 10 && fit.perPair == 3)
  }

  @Test func elementsThatDiffer() {
    let a: [[UInt32]] = [[1, 2, 3], [4], []]
    #expect(differingElements(a, a) == 0)
    #expect(differingElements(a, [[1, 0, 0], [4], []]) == 2)
    // A parameter without a gradient differs in all.
    #expect(differingElements(a, [[], [4], [1, 2]]) == 5)
    #expect(differingElements([[1, 2], [3]], [[1, 2]]) == 1, "a parameter less")
  }

  /// The time of a training pass on a device that takes a known time for each layer's attention, and
  /// again for the recomputed one.
  @Test func secondsOfAPassWithAKnownDelay() throws {
    let delay = 0.02
    let slow = AlteredBackend(
      try CPUBackend(threadCount: 1), isAsynchronous: true
    ) { kernel, _ in
      if kernel == .attention { idle(seconds: delay) }
    }
    let configuration = TransformerConfiguration.gpt(
      vocabularyCount: 16, modelDim: 8, layerCount: 2, headCount: 1)
    let bench = TrainingPassBench(
      Transformer(configuration, on: slow, seed: 1), inputs: [1, 2, 3, 4], targets: [2, 3, 4, 5],
      seed: 1)
    // The last layer is not computed again: the backward pass starts with it.
    for (policy, calls) in [(ActivationPolicy.keepAll, 2.0), (.full, 3)] {
      let isMeasured = holdsOnce {
        let seconds = bench.workSeconds(policy)
        #expect(seconds >= calls * delay)
        return seconds < 2 * calls * delay
      }
      #expect(isMeasured, "\(policy)")
    }
  }
}
