import CPUBackend
import OpenCLBackend
import TensorCore
import TestSupport
import Testing

/// One attention problem with random operands, on any device.
struct DeviceAttention {
  let problem: AttentionProblem
  /// Queries, keys and values of a token in one row, as a projection writes them; else head-major.
  var isPacked = false
  var magnitude: Float = 1

  /// What the kernels wrote, head-major. All of it was NaN before.
  struct Result: Equatable {
    var output: [Float] = []
    var logSumExp: [Float] = []
    var queryGradient: [Float] = []
    var keyGradient: [Float] = []
    var valueGradient: [Float] = []
    var map: [Float] = []
  }

  private var queryCount: Int { problem.batchCount * problem.headCount * problem.queryLength }
  private var keyCount: Int { problem.batchCount * problem.kvHeadCount * problem.keyLength }
  var queries: [Float] { testValues(queryCount * problem.headDim, "q", scale: magnitude) }
  var keys: [Float] { testValues(keyCount * problem.headDim, "k") }
  var values: [Float] { testValues(keyCount * problem.headDim, "v") }
  var outputGradient: [Float] { testValues(queryCount * problem.headDim, "g") }

  func run(on device: any Backend, backward: Bool = true, map: Bool = true) -> Result {
    let (h, g) = (problem.headCount, problem.kvHeadCount)
    let (q, k) = (problem.queryLength, problem.keyLength)
    let queryView = place(queries, h, q, first: 0, device)
    let keyView = place(keys, g, k, first: h, device)
    let valueView = place(values, g, k, first: h + g, device)
    let output = place(nil, h, q, first: 0, device)
    let logSumExp = device.unwritten([problem.batchCount, h, q])
    let operands = AttentionOperands(
      queries: queryView, keys: keyView, values: valueView, output: output, logSumExp: logSumExp)
    device.attention(operands, problem)
    var result = Result()
    result.output = collect(output, h, q, device)
    result.logSumExp = device.read(logSumExp)
    if map {
      let matrix = device.unwritten([problem.batchCount, h, q, k])
      device.attentionMap(queries: queryView, keys: keyView, into: matrix, problem)
      result.map = device.read(matrix)
    }
    if !backward { return result }
    let (dQ, dK) = (place(nil, h, q, first: 0, device), place(nil, g, k, first: h, device))
    let dV = place(nil, g, k, first: h + g, device)
    device.attentionBackward(
      operands,
      AttentionGradients(
        output: place(outputGradient, h, q, first: 0, device), queries: dQ, keys: dK, values: dV),
      problem)
    result.queryGradient = collect(dQ, h, q, device)
    result.keyGradient = collect(dK, g, k, device)
    result.valueGradient = collect(dV, g, k, device)
    return result
  }

  /// Stores head-major values in this layout, with NaN everywhere else.
  private func place(
    _ scalars: [Float]?, _ heads: Int, _ length: Int, first: Int, _ device: any Backend
  ) -> HeadView {
    let d = problem.headDim
    let view: HeadView
    if isPacked {
      let width = (problem.headCount + 2 * problem.kvHeadCount) * d
      view = HeadView(
        packed: device.unwritten([problem.batchCount, length, width]), firstHead: first, headDim: d)
    } else {
      view = HeadView(headMajor: device.unwritten([problem.batchCount, heads, length, d]))
    }
    guard let scalars else { return view }
    var all = device.read(view.tensor)
    for (index, at) in positions(view, heads, length).enumerated() { all[at] = scalars[index] }
    device.write(all, to: view.tensor)
    return view
  }

  private func collect(
    _ view: HeadView, _ heads: Int, _ length: Int, _ device: any Backend
  ) -> [Float] {
    let all = device.read(view.tensor)
    return positions(view, heads, length).map { all[$0] }
  }

  private func positions(_ view: HeadView, _ heads: Int, _ length: Int) -> [Int] {
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

/// Runs a problem on the device, with and without canaries, and compares all results with the CPU's
/// kernels. The CPU's own tests compare those with the formula in Double.
func expectAttention(
  _ problem: AttentionProblem, packed: Bool = false, onlyForward: Bool = false,
  on chosen: OpenCLBackend? = nil, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let test = DeviceAttention(problem: problem, isPacked: packed)
  let device = try chosen ?? TestDevice.backend()
  func run(on backend: any Backend) -> DeviceAttention.Result {
    test.run(on: backend, backward: !onlyForward, map: !onlyForward)
  }
  let expected = run(on: try TestDevice.processor())
  for found in Canaries.results(on: device, { run(on: device) }) {
    expectSame(
      found.value, expected, onlyForward: onlyForward, "\(problem), \(found.name)",
      sourceLocation: sourceLocation)
    #expect(found.damage == [], "\(problem), \(found.name)", sourceLocation: sourceLocation)
  }
}

private func expectSame(
  _ found: DeviceAttention.Result, _ expected: DeviceAttention.Result, onlyForward: Bool,
  _ words: String, sourceLocation: SourceLocation
) {
  let parts: [(String, [Float], [Float], Tolerance)] = [
    ("output", found.output, expected.output, .attention),
    ("log-sum-exp", found.logSumExp, expected.logSumExp, .attention),
    ("map", found.map, expected.map, .attention),
    ("dQ", found.queryGradient, expected.queryGradient, .attentionGradient),
    ("dK", found.keyGradient, expected.keyGradient, .attentionGradient),
    ("dV", found.valueGradient, expected.valueGradient, .attentionGradient),
  ]
  for (name, f, e, tolerance) in parts.prefix(onlyForward ? 2 : 6) {
    let gap = difference(f, e, tolerance)
    #expect(gap.isWithin, "\(name) of \(words): \(gap)", sourceLocation: sourceLocation)
  }
}

extension Tolerance {
  /// Scores in powers of two and sums in another order, on both sides.
  static let attention = Tolerance(relative: 5e-6, floor: 1)
  /// Two more products.
  static let attentionGradient = Tolerance(relative: 1e-5, floor: 1)
}
