import CPUBackend
import TensorCore
import Testing

/// The memory layout of heads.
enum HeadLayout: CaseIterable, Sendable {
  /// `[batch, heads, seq, headDim]`
  case headMajor
  /// Queries, keys and values of a token in one row, as a projection writes them.
  case packed
}

/// One attention problem with random operands, for the CPU's kernels and for the reference.
struct AttentionCase {
  let problem: AttentionProblem
  let layout: HeadLayout
  let queries: [Float]
  let keys: [Float]
  let values: [Float]
  let outputGradient: [Float]

  init(
    problem: AttentionProblem, layout: HeadLayout, queries: [Float], keys: [Float],
    values: [Float], outputGradient: [Float]
  ) {
    self.problem = problem
    self.layout = layout
    self.queries = queries
    self.keys = keys
    self.values = values
    self.outputGradient = outputGradient
  }

  init(
    _ problem: AttentionProblem, layout: HeadLayout = .headMajor, seed: UInt64 = 7,
    magnitude: Float = 1
  ) {
    var generator = SeededGenerator(seed: seed)
    func scalars(_ heads: Int, _ length: Int, _ magnitude: Float) -> [Float] {
      (0..<problem.batchCount * heads * length * problem.headDim).map { _ in
        Float.random(in: -magnitude...magnitude, using: &generator)
      }
    }
    self.init(
      problem: problem, layout: layout,
      queries: scalars(problem.headCount, problem.queryLength, 2 * magnitude),
      keys: scalars(problem.kvHeadCount, problem.keyLength, 2),
      values: scalars(problem.kvHeadCount, problem.keyLength, 1),
      outputGradient: scalars(problem.headCount, problem.queryLength, 1))
  }

  /// What the kernels wrote, head-major. All of it was NaN before.
  struct Result: Equatable {
    var output: [Float] = []
    var logSumExp: [Float] = []
    var queryGradient: [Float] = []
    var keyGradient: [Float] = []
    var valueGradient: [Float] = []

    var all: [Float] { output + queryGradient + keyGradient + valueGradient }
  }

  func run(threadCount: Int, backward: Bool = true) -> Result {
    let cpu = testBackend(threadCount: threadCount)
    let (h, g) = (problem.headCount, problem.kvHeadCount)
    let (q, k) = (problem.queryLength, problem.keyLength)
    let queryView = place(queries, heads: h, length: q, width: h + 2 * g, first: 0, cpu)
    let keyView = place(keys, heads: g, length: k, width: h + 2 * g, first: h, cpu)
    let valueView = place(values, heads: g, length: k, width: h + 2 * g, first: h + g, cpu)
    let output = place(nil, heads: h, length: q, width: h, first: 0, cpu)
    let logSumExp = cpu.empty([problem.batchCount, h, q], .activations)
    logSumExp.hostPointer.update(repeating: .nan, count: logSumExp.count)
    let operands = AttentionOperands(
      queries: queryView, keys: keyView, values: valueView, output: output, logSumExp: logSumExp)
    cpu.attention(operands, problem)
    var result = Result()
    result.output = collect(output, heads: h, length: q)
    result.logSumExp = (0..<logSumExp.count).map { logSumExp.hostPointer[$0] }
    if !backward { return result }

    let gradient = place(outputGradient, heads: h, length: q, width: h, first: 0, cpu)
    let dQ = place(nil, heads: h, length: q, width: h + 2 * g, first: 0, cpu)
    let dK = place(nil, heads: g, length: k, width: h + 2 * g, first: h, cpu)
    let dV = place(nil, heads: g, length: k, width: h + 2 * g, first: h + g, cpu)
    cpu.attentionBackward(
      operands, AttentionGradients(output: gradient, queries: dQ, keys: dK, values: dV), problem)
    result.queryGradient = collect(dQ, heads: h, length: q)
    result.keyGradient = collect(dK, heads: g, length: k)
    result.valueGradient = collect(dV, heads: g, length: k)
    return result
  }

  /// The probabilities as `attentionMap` writes them.
  func map(threadCount: Int) -> [Float] {
    let cpu = testBackend(threadCount: threadCount)
    let (h, g) = (problem.headCount, problem.kvHeadCount)
    let (q, k) = (problem.queryLength, problem.keyLength)
    let map = cpu.empty([problem.batchCount, h, q, k], .activations)
    map.hostPointer.update(repeating: .nan, count: map.count)
    cpu.attentionMap(
      queries: place(queries, heads: h, length: q, width: h + 2 * g, first: 0, cpu),
      keys: place(keys, heads: g, length: k, width: h + 2 * g, first: h, cpu), into: map, problem)
    return (0..<map.count).map { map.hostPointer[$0] }
  }

  /// Stores head-major values in this case's layout, with NaN everywhere else.
  private func place(
    _ scalars: [Float]?, heads: Int, length: Int, width: Int, first: Int, _ cpu: CPUBackend
  ) -> HeadView {
    let d = problem.headDim
    let view: HeadView
    switch layout {
    case .headMajor:
      view = HeadView(headMajor: cpu.empty([problem.batchCount, heads, length, d], .activations))
    case .packed:
      view = HeadView(
        packed: cpu.empty([problem.batchCount, length, width * d], .activations), firstHead: first,
        headDim: d)
    }
    view.tensor.hostPointer.update(repeating: .nan, count: view.tensor.count)
    guard let scalars else { return view }
    for (index, at) in positions(view, heads: heads, length: length).enumerated() {
      view.tensor.hostPointer[at] = scalars[index]
    }
    return view
  }

  private func collect(_ view: HeadView, heads: Int, length: Int) -> [Float] {
    positions(view, heads: heads, length: length).map { view.tensor.hostPointer[$0] }
  }

  private func positions(_ view: HeadView, heads: Int, length: Int) -> [Int] {
    (0..<problem.batchCount).flatMap { batch in
      (0..<heads).flatMap { head in
        (0..<length).flatMap { row in
          (0..<problem.headDim).map { d in
            view.offset + batch * view.batchStride + head * view.headStride
              + row * view.seqStride + d
          }
        }
      }
    }
  }
}
