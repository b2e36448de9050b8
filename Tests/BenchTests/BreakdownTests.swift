import Bench
import CPUBackend
import TensorCore
import TestSupport
import Testing

/// Three products with a pause after them.
private struct ProductsAndPause: Workload {
  static let pause = 0.02
  let product = ProductWorkload(m: 96, k: 64, n: 80)
  var flops: Double { 3 * product.flops }
  var peerRequest: [String: Int]? { nil }

  func prepare(on backend: any Backend) -> PreparedWork {
    let work = product.prepare(on: backend)
    return PreparedWork {
      for _ in 0..<3 { _ = work.run() }
      idle(seconds: Self.pause)
      return nil
    }
  }
}

@Suite struct BreakdownTests {
  /// The calls and operations of one run are known, and the pause is outside the kernels.
  @Test(arguments: [1, 2])
  func partsAreThoseOfOneRun(threads: Int) throws {
    let work = ProductsAndPause()
    let breakdown = Breakdown(of: work, on: try CPUBackend(threadCount: threads), runs: 4)
    let part = try #require(breakdown.parts.first)
    #expect(breakdown.parts.count == 1)
    #expect(part.family == .product)
    #expect(part.calls == 3)
    #expect(part.flops == work.flops)
    #expect(part.bytes == Double(3 * 4 * (96 * 64 + 64 * 80 + 96 * 80)))
    #expect(part.seconds > 0 && part.busyThreads >= 0)
    #expect(breakdown.otherSeconds >= ProductsAndPause.pause)
    #expect(part.seconds + breakdown.otherSeconds == breakdown.seconds)
  }
}
