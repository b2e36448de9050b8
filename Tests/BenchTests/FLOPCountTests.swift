import Bench
import CPUBackend
import SmallTransformer
import TensorCore
import Testing

/// FLOPs and pair counts, compared with formulas and with counting one by one.
@Suite struct FLOPCountTests {
  private func problem(
    _ queries: Int, _ keys: Int, causal: Bool, window: Int? = nil, blocks: BlockList? = nil,
    heads: Int = 1
  ) -> AttentionProblem {
    AttentionProblem(
      batchCount: 1, queryLength: queries, keyLength: keys, headCount: heads, headDim: 8,
      isCausal: causal, window: window, blocks: blocks)
  }

  @Test(arguments: [1, 2, 17, 96, 1000])
  func pairsMatchTheFormula(n: Int) {
    #expect(problem(n, n, causal: false).pairCount == n * n)
    #expect(problem(n, n, causal: true).pairCount == n * (n + 1) / 2)
    let w = (n + 1) / 2
    #expect(problem(n, n, causal: true, window: w).pairCount == w * n - w * (w - 1) / 2)
    #expect(problem(1, n, causal: true).pairCount == n)
  }

  @Test(arguments: [(40, 40), (7, 40), (40, 7), (33, 50)])
  func pairsAndTilesCountedOneByOne(queries: Int, keys: Int) {
    let blocks = BlockList(
      blockSize: 16,
      keptKeyBlocks: (0..<(max(queries, keys) + 15) / 16).map { Set([0, $0]).sorted() })
    for isCausal in [true, false] {
      for window in [nil, 1, 5, 100] {
        for list in [nil, blocks] {
          let each = problem(queries, keys, causal: isCausal, window: window, blocks: list)
          let pairs = visiblePairs(each)
          #expect(each.pairCount == pairs.count, "\(each)")
          let tiles = Set(pairs.map { [$0[0] / 16, $0[1] / 16] })
          #expect(each.tileCount == tiles.count, "\(each)")
        }
      }
    }
  }

  /// Every visible pair, by the definition of the mask.
  private func visiblePairs(_ problem: AttentionProblem) -> [[Int]] {
    (0..<problem.queryLength).flatMap { query in
      (0..<problem.keyLength).filter { key in
        let position = query + problem.keyLength - problem.queryLength
        let window = problem.window ?? .max
        let isKept =
          problem.blocks?.keeps(query: position, key: key) ?? true
        return isKept && (!problem.isCausal || key <= position) && position - key < window
          && (problem.isCausal || key - position < window)
      }.map { [query, $0] }
    }
  }

  @Test func flopsOfAttentionAndDecoding() {
    let dense = problem(64, 64, causal: false, heads: 4)
    #expect(AttentionWorkload(dense).flops == Double(4 * 4 * 64 * 64 * 8))
    #expect(
      AttentionWorkload(dense, hasBackward: true).flops == Double(14 * 4 * 64 * 64 * 8))
    let decode = DecodeWorkload(
      keyLength: 1000, headCount: 8, kvHeadCount: 2, headDim: 64, layerCount: 4)
    #expect(decode.flops == Double(4 * 8 * 1000 * 64))
    #expect(decode.byteCount == Double(4 * (2 * 2 * 1000 * 64 + 2 * 8 * 64)))
  }

  @Test func flopsOfProducts() {
    #expect(ProductWorkload(m: 3, k: 5, n: 7).flops == 210)
  }

  /// 6 FLOPs per token and weight of a multiplied matrix: all matrices of the model
  /// except the two embedding tables.
  @Test func flopsOfTrainingMatchTheWeightsOfTheModel() throws {
    let work = TrainingWorkload(
      batchCount: 3, length: 10, modelDim: 16, headCount: 2, layerCount: 2)
    let model = Transformer(work.configuration, on: try CPUBackend(threadCount: 1), seed: 1)
    let multiplied = model.parameters.all.filter {
      $0.shape.rank == 2 && $0.name != "embedding" && $0.name != "positions"
    }
    let weights = multiplied.reduce(0) { $0 + $1.shape.count }
    let attention = 14 * 2 * 3 * (10 * 11 / 2) * 16
    #expect(work.flops == Double(6 * weights * 3 * 10 + attention))
  }
}
