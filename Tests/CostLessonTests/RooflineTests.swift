import CPUBackend
import CostLesson
import TensorCore
import TestSupport
import Testing

/// The limits of a machine, and the layer that is compared with them.
@Suite(.serialized) struct RooflineTests {
  @Test func theSmallerLimitCounts() {
    let line = Roofline(peak: 200, bandwidth: 50)
    #expect(line.balance == 4)
    #expect(line.limit(1) == 50)
    #expect(line.limit(4) == 200)
    #expect(line.limit(100) == 200)
  }

  /// By hand, d = 8 and one head of 8: 2 · (8·24 + 8·8 + 8·32 + 32·8) = 1,536 FLOPs per token, and
  /// 768 weights. In decoding, 10 keys and values of 8 elements.
  @Test func phasesByHand() throws {
    let layer = PhaseLayer(
      promptLength: 3, cacheLength: 10, modelDim: 8, copyCount: 2, seed: 1,
      on: try CPUBackend(threadCount: 1))
    #expect(layer.flops(.prefill, .linear) == 3 * 1536)
    #expect(layer.flops(.decoding, .linear) == 1536)
    #expect(layer.flops(.training, .linear) == 9 * 1536)
    // Pairs of a causal mask: 1 + 2 + 3.
    #expect(layer.flops(.prefill, .attention) == 6 * 4 * 8)
    #expect(layer.flops(.decoding, .attention) == 10 * 4 * 8)
    #expect(layer.flops(.training, .attention) == 6 * 14 * 8)
    #expect(layer.bytes(.decoding, .linear) == 4 * (768 + (8 + 8 + 8 + 32) + (24 + 8 + 32 + 8)))
    #expect(layer.bytes(.decoding, .attention) == 4 * (2 * 8 + 2 * 10 * 8 + 1))
  }

  @Test(arguments: [(5, 9, 16), (40, 100, 128), (64, 64, 192)])
  func countedPhasesEqualTheFormulas(n: Int, cache: Int, d: Int) throws {
    let counting = CountingBackend(try CPUBackend(threadCount: 1))
    let layer = PhaseLayer(
      promptLength: n, cacheLength: cache, modelDim: d, copyCount: 1, seed: 1, on: counting)
    for phase in Phase.allCases {
      for half in LayerHalf.allCases {
        let (_, counts) = counting.flops.scope { layer.run(phase, half, turn: 3) }
        #expect(counts.multiplyAddFlops == layer.flops(phase, half), "\(phase), \(half)")
        #expect(counts.totalBytes == layer.bytes(phase, half), "\(phase), \(half)")
      }
    }
  }

  /// Attention is slower by a known time per call. Decoding runs it eight times in a row, and the time
  /// is that of one call.
  @Test func secondsOfAKnownDelay() throws {
    let delay = 0.02
    let backend = AlteredBackend(try CPUBackend(threadCount: 1)) { kernel, _ in
      if kernel == .attention { idle(seconds: delay) }
    }
    let layer = PhaseLayer(
      promptLength: 4, cacheLength: 8, modelDim: 16, copyCount: 2, seed: 1, on: backend)
    let isMeasured = holdsOnce {
      layer.timed(rounds: 1, on: backend).allSatisfy { point in
        point.half == .linear
          ? point.seconds < delay : point.seconds >= 0.999 * delay && point.seconds < 3 * delay
      }
    }
    #expect(isMeasured)
  }
}
