import CPUBackend
import Foundation
import TensorCore
import Testing

@Suite("Laws of attention")
struct AttentionLawTests {
  private func problem(_ q: Int, _ k: Int, heads: Int = 2, kvHeads: Int = 1) -> AttentionProblem {
    AttentionProblem(
      batchCount: 2, queryLength: q, keyLength: k, headCount: heads, kvHeadCount: kvHeads,
      headDim: 40, isCausal: true)
  }

  @Test("bitwise equal on 1, 2 and 3 threads, and in repeated runs")
  func determinism() {
    for (q, k) in [(1000, 1000), (3, 5000), (300, 900)] {
      let test = AttentionCase(problem(q, k))
      let first = test.run(threadCount: 1)
      for threads in [1, 2, 3, 2, 3] {
        #expect(test.run(threadCount: threads) == first, "\(q) queries, \(threads) threads")
      }
    }
  }

  @Test("gradients of queries are added in one order, however fast each thread is")
  func orderOfAdditions() {
    // One head of eight chunks of equal work: without an order, threads add as they finish.
    let test = AttentionCase(
      AttentionProblem(
        batchCount: 1, queryLength: 3000, keyLength: 3000, headCount: 1, headDim: 16,
        isCausal: false))
    let first = test.run(threadCount: 1)
    for _ in 0..<10 { #expect(test.run(threadCount: 3) == first) }
  }

  @Test("central differences of a loss agree with the gradients")
  func centralDifference() {
    let problem = AttentionProblem(
      batchCount: 1, queryLength: 20, keyLength: 23, headCount: 2, kvHeadCount: 1, headDim: 8,
      isCausal: true, slopes: [0.3, 0.1])
    let test = AttentionCase(problem)
    let found = test.run(threadCount: 2)
    func loss(_ q: [Float], _ k: [Float], _ v: [Float]) -> Double {
      let map = ReferenceAttention.probabilities(queries: q, keys: k, problem).map
      let output = ReferenceAttention.output(map: map, values: v, problem)
      return zip(output, test.outputGradient).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    func slope(_ scalars: [Float], _ at: Int, _ loss: ([Float]) -> Double) -> Double {
      var (up, down) = (scalars, scalars)
      up[at] += 1 / 1024
      down[at] -= 1 / 1024
      return (loss(up) - loss(down)) / Double(up[at] - down[at])
    }
    let (q, k, v) = (test.queries, test.keys, test.values)
    for at in stride(from: 0, to: q.count, by: 7) {
      let wanted = slope(q, at) { loss($0, k, v) }
      #expect(abs(Double(found.queryGradient[at]) - wanted) < 1e-4, "dQ at \(at)")
    }
    for at in stride(from: 0, to: k.count, by: 5) {
      let wanted = slope(k, at) { loss(q, $0, v) }
      #expect(abs(Double(found.keyGradient[at]) - wanted) < 1e-4, "dK at \(at)")
    }
    for at in stride(from: 0, to: v.count, by: 5) {
      let wanted = slope(v, at) { loss(q, k, $0) }
      #expect(abs(Double(found.valueGradient[at]) - wanted) < 1e-4, "dV at \(at)")
    }
  }

  @Test("scores of ±10,000 give no NaN and no infinity", arguments: [1, 40, 200])
  func extremeScores(queryLength: Int) {
    for isCausal in [false, true] {
      let problem = AttentionProblem(
        batchCount: 1, queryLength: queryLength, keyLength: 200, headCount: 2, headDim: 16,
        isCausal: isCausal, window: isCausal ? 30 : nil)
      let test = AttentionCase(problem, magnitude: 1e4)
      let result = test.run(threadCount: 2)
      #expect(result.all.allSatisfy { $0.isFinite })
      #expect((result.logSumExp.map(abs).max() ?? 0) > 1e4)
      let output = ReferenceAttention.output(
        map: ReferenceAttention.probabilities(queries: test.queries, keys: test.keys, problem).map,
        values: test.values, problem)
      // At 10⁴ the scores themselves carry an error of about 10⁻³, and so do the weights.
      expectClose(result.output, output, 1e-2, "output")
    }
  }

  @Test("a row with no key gives 0, a log-sum-exp of −∞ and zero gradients")
  func rowsWithoutKeys() {
    let result = AttentionCase(problem(100, 30, kvHeads: 2)).run(threadCount: 2)
    for head in 0..<4 {
      for row in 0..<70 {
        let at = head * 100 + row
        #expect(result.logSumExp[at] == -.infinity)
        #expect(result.output[at * 40..<(at + 1) * 40].allSatisfy { $0 == 0 })
        #expect(result.queryGradient[at * 40..<(at + 1) * 40].allSatisfy { $0 == 0 })
      }
    }
  }

  @Test("all blocks kept is the same as no list")
  func allBlocks() {
    let dense = problem(300, 300)
    var listed = dense
    listed.blocks = BlockList(
      blockSize: 64, keptKeyBlocks: Array(repeating: Array(0..<5), count: 5))
    let a = AttentionCase(dense).run(threadCount: 2)
    let b = AttentionCase(listed).run(threadCount: 2)
    expectClose(b.output, a.output.map(Double.init), 2e-6, "output")
    expectClose(b.queryGradient, a.queryGradient.map(Double.init), 2e-6, "dQ")
  }

  @Test("the decoding kernel gives the last row of the prefill")
  func decodeEqualsPrefill() {
    let whole = AttentionCase(problem(1300, 1300, heads: 4, kvHeads: 2))
    let all = whole.run(threadCount: 2, backward: false)
    let wanted: [Double] = (0..<8).flatMap { head -> [Double] in
      let first = (head * 1300 + 1299) * 40
      return all.output[first..<first + 40].map(Double.init)
    }
    for layout in HeadLayout.allCases {
      let last = AttentionCase(whole, lastQueries: 1, layout: layout)
      expectClose(last.run(threadCount: 2, backward: false).output, wanted, 2e-6, "output")
    }
  }
}

extension AttentionCase {
  /// The same keys and values, with only the last queries.
  fileprivate init(_ whole: AttentionCase, lastQueries count: Int, layout: HeadLayout) {
    var problem = whole.problem
    problem.queryLength = count
    let (length, width) = (whole.problem.queryLength, whole.problem.headDim)
    let heads = problem.batchCount * problem.headCount
    func last(_ scalars: [Float]) -> [Float] {
      (0..<heads).flatMap {
        scalars[(($0 + 1) * length - count) * width..<($0 + 1) * length * width]
      }
    }
    self.init(
      problem: problem, layout: layout, queries: last(whole.queries), keys: whole.keys,
      values: whole.values, outputGradient: last(whole.outputGradient))
  }
}
