import CPUBackend
import TensorCore
import Testing

@Suite("Attention memory at 100,000 tokens")
struct AttentionMemoryTests {
  private let length = 100_000
  private let heads = 4
  private let headDim = 64
  private var tileSetBytes: Int {
    testBackend(threadCount: 1).attentionTileBytes(headDim: headDim, isBackward: false)
  }

  /// Peak bytes by the meter while the forward pass runs, beyond its operands.
  private func extraBytes(length: Int, window: Int?, threadCount: Int) -> Int {
    let cpu = testBackend(threadCount: threadCount)
    let shape: Shape = [1, heads, length, headDim]
    let operands = (0..<4).map { _ in cpu.empty(shape, .activations) }
    for tensor in operands { tensor.hostPointer.update(repeating: 0.1, count: tensor.count) }
    let logSumExp = cpu.empty([1, heads, length], .activations)
    let held = cpu.meter.current.totalBytes
    #expect(held == 4 * (4 * heads * length * headDim + heads * length))
    let (_, peak) = cpu.meter.scope {
      cpu.attention(
        AttentionOperands(
          queries: HeadView(headMajor: operands[0]), keys: HeadView(headMajor: operands[1]),
          values: HeadView(headMajor: operands[2]), output: HeadView(headMajor: operands[3]),
          logSumExp: logSumExp),
        AttentionProblem(
          batchCount: 1, queryLength: length, keyLength: length, headCount: heads,
          headDim: headDim, window: window))
    }
    withExtendedLifetime((operands, logSumExp)) {
      #expect(cpu.meter.current.totalBytes == held)
    }
    return peak.totalBytes - held
  }

  /// A window makes this test fast. It does not change the memory: see
  /// `windowDoesNotChangeTheMemory`.
  @Test(
    "only the operands, one element per query and one set of tiles per thread", arguments: [1, 2])
  func peak(threadCount: Int) {
    let extra = extraBytes(length: length, window: 128, threadCount: threadCount)
    #expect(extra == threadCount * tileSetBytes)
    // Half of a usual second-level cache of 512 KiB.
    #expect(tileSetBytes <= 1 << 18)
  }

  @Test("the extra memory is the same without a window, and at every length")
  func windowDoesNotChangeTheMemory() {
    for length in [500, 2000] {
      for window in [nil, 128] {
        #expect(
          extraBytes(length: length, window: window, threadCount: 2) == 2 * tileSetBytes)
      }
    }
  }
}
