import Autograd
import CPUBackend
import SmallTransformer
import TensorCore
import Testing

@Suite struct CountingTests {
  private let inner: CPUBackend
  private let counting: CountingBackend

  init() throws {
    inner = try CPUBackend(threadCount: 1)
    counting = CountingBackend(inner)
  }

  private func tensor(_ shape: Shape) -> Tensor { counting.full(0.5, shape, .workspace) }

  /// Elements that are written in place, and with a copy, as a backend does it that has no memory of
  /// the host.
  @Test func writtenElements() {
    for backend in [inner, counting] as [any Backend] {
      let tensor = backend.full(7, [4, 3], .workspace).slice(1..<3)
      backend.writeElements(of: tensor) { elements in
        #expect(elements.count == 6)
        for place in elements.indices { elements[place] = Float(place) }
      }
      #expect(backend.read(tensor) == [0, 1, 2, 3, 4, 5])
    }
  }

  @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
  func productHasTwoFLOPsPerMultiplyAdd(aTransposed: Bool, bTransposed: Bool) {
    let (m, k, n) = (3, 5, 7)
    let a = tensor(aTransposed ? [k, m] : [m, k])
    let b = tensor(bTransposed ? [n, k] : [k, n])
    let c = tensor([m, n])
    let (_, counts) = counting.flops.scope {
      counting.multiply(
        a, transposed: aTransposed, b, transposed: bTransposed, into: c, accumulate: false)
    }
    #expect(counts[.product].flops == Double(2 * m * k * n))
    #expect(counts[.product].bytes == Double(4 * (m * k + k * n + m * n)))
    #expect(counts[.product].calls == 1 && counts.counts.count == 1)
  }

  /// Pairs by hand: all, the lower triangle, a window of 3 over 10 tokens, 2 queries at the end.
  @Test(arguments: [
    (10, 10, false, nil as Int?, 100), (10, 10, true, nil, 55), (10, 10, true, 3, 27),
    (2, 10, true, nil, 19),
  ])
  func attentionCountsVisiblePairs(
    queries: Int, keys: Int, isCausal: Bool, window: Int?, pairs: Int
  ) {
    let (heads, dim) = (2, 16)
    let problem = AttentionProblem(
      batchCount: 3, queryLength: queries, keyLength: keys, headCount: heads, headDim: dim,
      isCausal: isCausal, window: window)
    let (q, k) = (tensor([3, queries, heads * dim]), tensor([3, keys, heads * dim]))
    let out = tensor([3, queries, heads * dim])
    let (_, counts) = counting.flops.scope {
      counting.attention(
        AttentionOperands(
          queries: HeadView(packed: q, headDim: dim), keys: HeadView(packed: k, headDim: dim),
          values: HeadView(packed: k, headDim: dim), output: HeadView(packed: out, headDim: dim),
          logSumExp: counting.empty([3, heads, queries], .workspace)), problem)
    }
    #expect(counts[.attention].flops == Double(4 * pairs * dim * heads * 3))
  }

  @Test func trainingIsUnchanged() {
    let configuration = TransformerConfiguration.gpt(
      vocabularyCount: 32, modelDim: 32, layerCount: 2, headCount: 2, positions: Rotary())
    let plan = TrainingSchedule(batchCount: 2, length: 24, stepCount: 3, peakLearningRate: 1e-3)
    func losses(_ backend: any Backend) -> [Double] {
      let trainer = Trainer(Transformer(configuration, on: backend, seed: 3), plan)
      return (0..<3).map { step in
        let tokens = (0..<48).map { Int32(($0 * 7 + step) % 32) }
        return trainer.takeStep(inputs: tokens, targets: tokens).loss
      }
    }
    #expect(losses(counting) == losses(inner))
    #expect(counting.flops.current[.optimizer].flops > 0)
  }

  /// Products cost twice as much backward as forward, attention two and a half times.
  @Test func backwardPassIsCounted() {
    let configuration = TransformerConfiguration.gpt(
      vocabularyCount: 32, modelDim: 32, layerCount: 2, headCount: 2, positions: NoPositions())
    let model = Transformer(configuration, on: counting, seed: 3)
    let tokens = [Int32](repeating: 1, count: 40)
    let tape = Tape(counting)
    let (loss, forward) = counting.flops.scope {
      model.loss(tokens, targets: tokens, batch: 1, tape: tape)
    }
    let (_, backward) = counting.flops.scope { tape.backward(from: loss) }
    #expect(backward[.product].flops == 2 * forward[.product].flops)
    #expect(backward[.attention].flops == 2.5 * forward[.attention].flops)
  }

  @Test func scopesCountTheirOwnCallsOnly() {
    _ = tensor([10])
    let (_, outer) = counting.flops.scope {
      _ = tensor([4])
      let (_, nested) = counting.flops.scope { _ = tensor([2]) }
      #expect(nested[.elementwise].flops == 2)
    }
    #expect(outer[.elementwise].flops == 6)
    #expect(counting.flops.scope {}.counts == FLOPCounts())
  }
}
