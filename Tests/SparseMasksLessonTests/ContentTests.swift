import Autograd
import CPUBackend
import Foundation
import SmallTransformer
import SparseMasksLesson
import TensorCore
import TestSupport
import Testing

/// Learned sinks, strides in their transposed order, and blocks chosen by content.
@Suite("Sinks, transposed strides and chosen blocks")
struct ContentTests {
  private let backend: CPUBackend

  init() throws { backend = try CPUBackend(threadCount: 2) }

  private func packed(_ problem: AttentionProblem, _ name: String) -> Tensor {
    let shape: Shape = [
      problem.batchCount, problem.queryLength,
      (problem.headCount + 2 * problem.kvHeadCount) * problem.headDim,
    ]
    return backend.tensor(testValues(shape.count, name), shape, .workspace)
  }

  @Test("a sink is one more key with this score and the value 0")
  func sinkByDefinition() {
    let (heads, dim, length) = (2, 8, 21)
    let problem = AttentionProblem(
      batchCount: 1, queryLength: length, keyLength: length, headCount: heads, headDim: dim)
    let (x, sinks) = (packed(problem, "packed"), [Float(-0.7), 2.5])
    let tape = Tape(backend, isRecording: false)
    let found = backend.read(
      tape.attention(
        Variable(x), problem, sinks: Variable(backend.tensor(sinks, [heads], .workspace))
      ).value)
    let elements = backend.read(x)
    func element(_ part: Int, _ token: Int, _ head: Int, _ index: Int) -> Double {
      Double(elements[(token * 3 + part) * heads * dim + head * dim + index])
    }
    var expected: [Float] = []
    for query in 0..<length {
      for head in 0..<heads {
        let weights = (0...query).map { key in
          exp(
            (0..<dim).reduce(0) {
              $0 + element(0, query, head, $1) * element(1, key, head, $1)
            } / Double(dim).squareRoot())
        }
        let sum = weights.reduce(exp(Double(sinks[head])), +)
        expected += (0..<dim).map { index in
          Float((0...query).reduce(0) { $0 + weights[$1] / sum * element(2, $1, head, index) })
        }
      }
    }
    let compared = difference(found, expected, .sums)
    #expect(compared.isWithin, "\(compared)")
  }

  @Test("with learned sinks, prefill equals decoding token by token")
  func sinksInACache() {
    var configuration = TransformerConfiguration.llama(
      vocabularyCount: 40, modelDim: 32, layerCount: 2, headCount: 4, kvHeadCount: 2)
    let plain = Transformer(configuration, on: backend, seed: 4)
    configuration.hasLearnedSinks = true
    let model = Transformer(configuration, on: backend, seed: 4)
    for parameter in model.parameters.all where parameter.name.hasSuffix("sinks") {
      backend.write([1, -1, 0.5, 3], to: parameter.value)
    }
    let text = testTokens(40)
    let cache = KeyValueCache(for: configuration, capacity: 40, on: backend)
    var parts = logits(model, Array(text.prefix(11)), cache: cache)
    for token in text.dropFirst(11) { parts += logits(model, [token], cache: cache) }
    let compared = difference(parts, logits(model, text), .model)
    #expect(compared.isWithin, "\(compared)")
    #expect(!difference(logits(plain, text), logits(model, text), .model).isWithin)
  }

  @Test(
    "strides in the transposed order equal the strided mask",
    arguments: [(16, 4, 1), (60, 6, 2), (192, 1, 1), (192, 192, 1), (390, 13, 3)])
  func transposed(length: Int, stride: Int, heads: Int) {
    let full = AttentionProblem(
      batchCount: 1, queryLength: length, keyLength: length, headCount: heads, headDim: 8)
    let views = PackedHeads(packed(full, "packed"), full)
    func attend(_ run: (AttentionOperands) -> Void) -> (output: [Float], sums: [Float]) {
      let output = backend.empty([1, length, heads * 8], .workspace)
      let sums = backend.empty([1, heads, length], .workspace)
      run(
        AttentionOperands(
          queries: views.queries, keys: views.keys, values: views.values,
          output: HeadView(packed: output, headDim: 8), logSumExp: sums))
      return (backend.read(output), backend.read(sums))
    }
    var strided = full
    strided.blocks = Strided(stride).blockList(length: length)
    let expected = attend { backend.attention($0, strided) }
    let found = attend { TransposedStride(stride).attend($0, full, on: backend) }
    for compared in [
      difference(found.output, expected.output, .sums),
      difference(found.sums, expected.sums, .sums),
    ] {
      #expect(compared.isWithin, "\(compared)")
    }
  }

  @Test(
    "chosen blocks: the best by definition, and always the own block",
    arguments: ChosenBlocks.Score.allCases)
  func chosen(score: ChosenBlocks.Score) {
    let (length, size, dim, count) = (90, 16, 8, 3)
    let problem = AttentionProblem(
      batchCount: 1, queryLength: length, keyLength: length, headCount: 1, headDim: dim)
    let x = packed(problem, "packed")
    let list = ChosenBlocks(by: score, blockSize: size, count: count).blocks(
      of: PackedHeads(x, problem), problem, on: backend)
    let elements = backend.read(x)
    func row(_ part: Int, _ token: Int) -> [Double] {
      (0..<dim).map { Double(elements[(token * 3 + part) * dim + $0]) }
    }
    func value(_ query: [Double], _ keys: [[Double]]) -> Double {
      (0..<dim).reduce(0) { sum, index in
        let column = keys.map { query[index] * $0[index] }
        return sum
          + (score == .mean
            ? column.reduce(0, +) / Double(column.count) : column.max() ?? 0)
      }
    }
    #expect(list.cuts == nil && list.keptKeyBlocks.count == 6)
    for (block, kept) in list.keptKeyBlocks.enumerated() {
      let queries = (block * size..<min(length, (block + 1) * size)).map { row(0, $0) }
      let values = (0..<block).map { other in
        let keys = (other * size..<(other + 1) * size).map { row(1, $0) }
        return queries.map { value($0, keys) }.max() ?? 0
      }
      let best = (0..<block).sorted { values[$0] > values[$1] }.prefix(count - 1)
      #expect(kept == best.sorted() + [block], "row \(block)")
    }
  }

  @Test("choosing all blocks is full attention, in every layer of a model")
  func everyBlock() {
    let text = testTokens(100)
    func model(_ pattern: any AttentionPattern) -> Transformer {
      smallLlama(Rotary(), kvHeads: 2, pattern: pattern, on: backend)
    }
    let full = logits(model(Causal()), text)
    for score in ChosenBlocks.Score.allCases {
      let all = logits(model(ChosenBlocks(by: score, blockSize: 16, count: 7)), text)
      let compared = difference(all, full, .model)
      #expect(compared.isWithin, "\(score): \(compared)")
      let few = logits(model(ChosenBlocks(by: score, blockSize: 16, count: 2)), text)
      #expect(!difference(few, full, .model).isWithin)
    }
  }
}
