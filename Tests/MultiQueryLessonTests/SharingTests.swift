import Autograd
import CPUBackend
import MultiQueryLesson
import SmallTransformer
import TensorCore
import TestSupport
import Testing

@Suite struct SharingTests {
  private let backend: CPUBackend

  init() throws { backend = try CPUBackend(threadCount: 2) }

  private func configuration(_ sharing: KeyValueSharing) throws -> TransformerConfiguration {
    try TransformerConfiguration.llama(
      vocabularyCount: 40, modelDim: 32, layerCount: 2, headCount: 4
    ).with(sharing: sharing)
  }

  private func logits(_ model: Transformer) -> [Float] {
    let tokens = (0..<30).map { Int32($0 * 11 % 40) }
    let tape = Tape(backend, isRecording: false)
    return backend.read(model.logits(tokens, batch: 1, tape: tape).value)
  }

  @Test func kvHeadCounts() throws {
    #expect(try KeyValueSharing.multiHead.kvHeadCount(of: 8) == 8)
    #expect(try KeyValueSharing.grouped(2).kvHeadCount(of: 8) == 2)
    #expect(try KeyValueSharing.multiQuery.kvHeadCount(of: 8) == 1)
    // Neighboring heads share: heads 0 to 3 use the first, heads 4 to 7 the second.
    let problem = AttentionProblem(
      batchCount: 1, queryLength: 1, keyLength: 1, headCount: 8, kvHeadCount: 2, headDim: 4)
    #expect((0..<8).map(problem.kvHead) == [0, 0, 0, 0, 1, 1, 1, 1])
  }

  @Test(arguments: [0, 3, 5, 16])
  func headCountsThatDoNotDivideAreRefused(count: Int) {
    do {
      _ = try KeyValueSharing.grouped(count).kvHeadCount(of: 8)
      Issue.record("\(count) of 8 passed")
    } catch {
      #expect("\(error)".contains("8 heads cannot share \(count)"))
      #expect("\(error)".contains("1, 2, 4, 8"))
    }
  }

  @Test func asManyGroupsAsHeadsEqualsMultiHead() throws {
    let (a, b) = (try configuration(.multiHead), try configuration(.grouped(4)))
    #expect(a.identity == b.identity)
    #expect(
      logits(Transformer(a, on: backend, seed: 1)) == logits(Transformer(b, on: backend, seed: 1)))
  }

  /// Forward and backward: a shared head gets the sum of the gradients of the repeated heads.
  @Test func multiQueryEqualsMultiHeadWithRepeatedHeads() throws {
    let (heads, dim, length) = (4, 8, 11)
    let shared = testValues((heads + 2) * dim * length, "packed")
    func problem(_ kvHeads: Int) -> AttentionProblem {
      AttentionProblem(
        batchCount: 1, queryLength: length, keyLength: length, headCount: heads,
        kvHeadCount: kvHeads, headDim: dim)
    }
    // Each row is [queries | keys | values]; the wide one has every key and value head four times.
    let width = (heads + 2) * dim
    let repeated = (0..<length).flatMap { row -> [Float] in
      let start = row * width
      let queries = Array(shared[start..<start + heads * dim])
      let keys = Array(shared[start + heads * dim..<start + (heads + 1) * dim])
      let values = Array(shared[start + (heads + 1) * dim..<start + width])
      return queries + (0..<heads).flatMap { _ in keys } + (0..<heads).flatMap { _ in values }
    }
    func run(_ numbers: [Float], _ kvHeads: Int) -> (output: [Float], gradient: [Float]) {
      let packed = Parameter(
        name: "packed",
        backend.tensor(numbers, [1, length, (heads + 2 * kvHeads) * dim], .parameters))
      let tape = Tape(backend)
      let output = tape.attention(packed, problem(kvHeads))
      let head = Variable(
        backend.tensor(testValues(heads * dim * 7, "head"), [heads * dim, 7], .parameters))
      tape.backward(
        from: tape.crossEntropy(
          tape.linear(output, head), targets: (0..<length).map { Int32($0 % 7) }))
      return (backend.read(output.value), packed.gradient.map(backend.read) ?? [])
    }
    let (one, four) = (run(shared, 1), run(repeated, heads))
    let outputs = difference(one.output, four.output, .kernel)
    #expect(outputs.isWithin, "\(outputs)")
    let wide = 3 * heads * dim
    let summed = (0..<length).flatMap { row -> [Float] in
      let start = row * wide
      let queries = Array(four.gradient[start..<start + heads * dim])
      let rest = (0..<2 * dim).map { place -> Float in
        let (block, column) = (place / dim, place % dim)
        return (0..<heads).reduce(Float(0)) { sum, head in
          sum + four.gradient[start + ((1 + block) * heads + head) * dim + column]
        }
      }
      return queries + rest
    }
    let gradients = difference(one.gradient, summed, .sums)
    #expect(gradients.isWithin, "\(gradients)")
  }

  /// If all heads of a group are equal, their mean equals each of them, and so does the first.
  @Test(arguments: [HeadPooling.mean, .first])
  func conversionOfEqualHeadsChangesNothing(pooling: HeadPooling) throws {
    let shared = Transformer(try configuration(.multiQuery), on: backend, seed: 5)
    let wide = Transformer(try configuration(.multiHead), on: backend, seed: 6)
    for parameter in wide.parameters.all {
      guard let source = shared.parameters[parameter.name] else { continue }
      let numbers = backend.read(source.value)
      let repeats = parameter.name.contains(".qkv.")
      backend.write(repeats ? repeatedHeads(numbers) : numbers, to: parameter.value)
    }
    let same = difference(logits(wide), logits(shared), .sums)
    #expect(same.isWithin, "\(same)")
    let back = wide.converted(to: try configuration(.multiQuery), by: pooling, seed: 9)
    let found = difference(logits(back), logits(shared), .kernel)
    #expect(found.isWithin, "\(found)")
  }

  private func repeatedHeads(_ numbers: [Float]) -> [Float] {
    let (heads, dim) = (4, 8)
    let width = (heads + 2) * dim
    return (0..<numbers.count / width).flatMap { row -> [Float] in
      let r = Array(numbers[row * width..<(row + 1) * width])
      let (keys, values) = (Array(r[32..<40]), Array(r[40..<48]))
      return Array(r[..<32]) + (0..<heads).flatMap { _ in keys }
        + (0..<heads).flatMap { _ in values }
    }
  }

  @Test func aRandomHeadIsNotOneOfTheOldHeads() throws {
    let wide = Transformer(try configuration(.multiHead), on: backend, seed: 6)
    let one = try configuration(.multiQuery)
    #expect(
      logits(wide.converted(to: one, by: .random, seed: 1))
        != logits(wide.converted(to: one, by: .first, seed: 1)))
  }

  @Test func aRollingCacheGivesTheLogitsOfTheWindow() throws {
    let windowed = try configuration(.grouped(2)).with(pattern: SlidingWindow(7))
    let model = Transformer(windowed, on: backend, seed: 2)
    let cache = HybridCache(for: windowed, capacity: 30, on: backend)
    var found: [Float] = []
    for token in (0..<30).map({ Int32($0 * 11 % 40) }) {
      let tape = Tape(backend, isRecording: false)
      found += backend.read(model.logits([token], batch: 1, tape: tape, cache: cache).value)
    }
    let same = difference(found, logits(model), .sums)
    #expect(same.isWithin, "\(same)")
  }
}
