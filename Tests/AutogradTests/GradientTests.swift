import Autograd
import CPUBackend
import TensorCore
import TestSupport
import Testing

/// Each operation's gradient compared with finite differences. The loss is the cross entropy of the
/// result after a fixed random head, so that every element has a gradient and no two are equal.
@Suite struct GradientTests {
  private let backend: CPUBackend

  init() throws { backend = try CPUBackend(threadCount: 2) }

  @Test(arguments: [false, true])
  func linear(weightTransposed: Bool) {
    let x = parameter("x", [2, 3, 5])
    let weight = parameter("weight", weightTransposed ? [7, 5] : [5, 7])
    let bias = parameter("bias", [7])
    let residual = parameter("residual", [2, 3, 7])
    check([x, weight, bias, residual]) {
      $0.linear(x, weight, bias: bias, residual: residual, weightTransposed: weightTransposed)
    }
  }

  @Test func residualsAndSharedWeightsAddTheirGradients() {
    let x = parameter("x", [4, 6])
    let weight = parameter("weight", [6, 6])
    check([x, weight]) { tape in
      let y = tape.linear(x, weight, residual: x)
      return tape.add(tape.linear(y, weight), y)
    }
  }

  @Test func layerNorm() {
    let (x, w, b) = (parameter("x", [3, 9]), parameter("w", [9]), parameter("b", [9]))
    check([x, w, b]) { $0.layerNorm(x, weight: w, bias: b) }
  }

  @Test func rmsNorm() {
    let (x, w) = (parameter("x", [3, 9]), parameter("w", [9]))
    check([x, w]) { $0.rmsNorm(x, weight: w) }
  }

  @Test func normAndResidualOfOneInput() {
    let (x, w, b) = (parameter("x", [3, 9]), parameter("w", [9]), parameter("b", [9]))
    check([x, w, b]) { tape in
      tape.add(tape.rmsNorm(tape.layerNorm(x, weight: w, bias: b), weight: w), x)
    }
  }

  /// A constant input needs no gradient, but the weights of its norm do.
  @Test func normsOfConstantInputs() {
    let x = Variable(parameter("x", [3, 9]).value)
    let (w, b) = (parameter("w", [9]), parameter("b", [9]))
    check([w, b]) { $0.layerNorm(x, weight: w, bias: b) }
    check([w]) { $0.rmsNorm(x, weight: w) }
  }

  /// Constant weights need no gradient, but their input does.
  @Test func normsWithConstantWeights() {
    let x = parameter("x", [3, 9])
    let (w, b) = (Variable(parameter("w", [9]).value), Variable(parameter("b", [9]).value))
    check([x]) { $0.layerNorm(x, weight: w, bias: b) }
    check([x]) { $0.rmsNorm(x, weight: w) }
  }

  @Test func gatherRows() {
    let x = parameter("x", [2, 4, 5])
    check([x]) { $0.gatherRows($0.gatherRows(x, [6, 1, 1, 3]), [3, 0, 2]) }
  }

  /// A router learns from the gradient of its gates.
  @Test func addRows() {
    let (base, rows) = (parameter("base", [2, 4, 5]), parameter("rows", [3, 5]))
    let gates = parameter("gates", [3, 1])
    check([base, rows, gates]) { $0.addRows(base, [6, 1, 3], rows, gates: gates) }
  }

  @Test func subtractAndReshape() {
    let (a, b) = (parameter("a", [2, 6]), parameter("b", [3, 4]))
    check([a, b]) { $0.subtract($0.reshaped(a, [3, 4]), b) }
  }

  @Test func onHost() {
    let x = parameter("x", [4, 3])
    check([x]) { tape in
      tape.onHost(x) { values in
        (values.map { $0 * $0 * $0 }, { zip(values, $0).map { 3 * $0 * $0 * $1 } })
      }
    }
  }

  @Test func gelu() {
    let (x, b) = (parameter("x", [3, 10]), parameter("b", [10]))
    check([x, b]) { $0.gelu(x, bias: b) }
  }

  @Test func swiGLU() {
    let x = parameter("x", [3, 22])
    check([x]) { $0.swiGLU(x) }
  }

  @Test func embedding() {
    let (table, positions) = (parameter("table", [6, 5]), parameter("positions", [9, 5]))
    check([table, positions]) {
      $0.embed([1, 4, 4, 0, 5, 1], batch: 2, table: table, positions: positions)
    }
  }

  @Test(arguments: [RotaryPairing.halves, .interleaved])
  func rotation(pairing: RotaryPairing) {
    let x = parameter("x", [2, 3, 4 * 6])
    let table = RotationTable(
      cosines: backend.tensor(testValues(8 * 3, "cos"), [8, 3], .workspace),
      sines: backend.tensor(testValues(8 * 3, "sin"), [8, 3], .workspace), pairing: pairing)
    check([x]) { $0.rotate(x, by: table, rotatedHeads: 3, headDim: 6, firstPosition: 2) }
  }

  @Test(arguments: [(4, 4, nil), (4, 2, 3), (4, 1, 2)] as [(Int, Int, Int?)])
  func attention(heads: Int, kvHeads: Int, window: Int?) {
    let x = parameter("x", [2, 7, (heads + 2 * kvHeads) * 8])
    let problem = AttentionProblem(
      batchCount: 2, queryLength: 7, keyLength: 7, headCount: heads, kvHeadCount: kvHeads,
      headDim: 8, window: window, slopes: (0..<heads).map { Float($0) * 0.1 })
    check([x]) { $0.attention(x, problem) }
  }

  @Test(arguments: [(4, 4, nil), (4, 2, 3)] as [(Int, Int, Int?)])
  func attentionWithSinks(heads: Int, kvHeads: Int, window: Int?) {
    let x = parameter("x", [2, 7, (heads + 2 * kvHeads) * 8])
    let sinks = parameter("sinks", [heads])
    let problem = AttentionProblem(
      batchCount: 2, queryLength: 7, keyLength: 7, headCount: heads, kvHeadCount: kvHeads,
      headDim: 8, window: window)
    check([x, sinks]) { $0.attention(x, problem, sinks: sinks) }
  }

  @Test(arguments: [false, true])
  func dropout(hasResidual: Bool) {
    let (x, residual) = (parameter("x", [3, 21]), parameter("residual", [3, 21]))
    let mask = DropoutMask(rate: 0.4, seed: 1, step: 2, site: 3)
    check(hasResidual ? [x, residual] : [x]) {
      $0.dropout(x, mask, residual: hasResidual ? residual : nil)
    }
  }

  @Test(arguments: [(4, 4, 0), (4, 2, 0), (4, 1, 0.3)] as [(Int, Int, Float)])
  func naiveAttention(heads: Int, kvHeads: Int, rate: Float) {
    let x = parameter("x", [2, 7, (heads + 2 * kvHeads) * 8])
    let problem = AttentionProblem(
      batchCount: 2, queryLength: 7, keyLength: 7, headCount: heads, kvHeadCount: kvHeads,
      headDim: 8)
    let mask = rate > 0 ? DropoutMask(rate: rate, seed: 1, step: 2, site: 3) : nil
    check([x]) { $0.naiveAttention(x, problem, dropout: mask) }
  }

  @Test(arguments: [true, false])
  func naiveAttentionEqualsTiledAttention(isCausal: Bool) {
    let x = Variable(backend.tensor(testValues(2 * 37 * 6 * 8, "x"), [2, 37, 48], .workspace))
    let problem = AttentionProblem(
      batchCount: 2, queryLength: 37, keyLength: 37, headCount: 4, kvHeadCount: 1, headDim: 8,
      isCausal: isCausal)
    let tape = Tape(backend, isRecording: false)
    let found = difference(
      backend.read(tape.naiveAttention(x, problem).value),
      backend.read(tape.attention(x, problem).value), .sums)
    #expect(found.isWithin, "\(found)")
  }

  @Test func negativeTargetsAreIgnored() {
    let (x, w) = (parameter("x", [4, 5]), parameter("w", [5, 6]))
    let worst = worstGradientDifference(of: [x, w], on: backend, samplesPerParameter: 100) {
      $0.crossEntropy($0.linear(x, w), targets: [2, -1, 5, -1])
    }
    expectClose(worst)
    let gradient = x.gradient.map(backend.read) ?? []
    #expect(gradient[5..<10].allSatisfy { $0 == 0 })
  }

  /// Chunks of 3 of 7 rows, with one that is ignored: the same loss and gradients as all at once.
  @Test(arguments: [false, true]) func crossEntropyInChunks(weightTransposed: Bool) {
    let targets: [Int32] = [2, -1, 5, 0, 1, 4, 3]
    let (x, w) = (parameter("x", [7, 5]), parameter("w", weightTransposed ? [6, 5] : [5, 6]))
    func gradients(_ loss: (Tape) -> Variable) -> [[Float]] {
      [x, w].forEach { $0.resetGradient() }
      let tape = Tape(backend)
      let value = loss(tape)
      tape.backward(from: value)
      return [backend.read(value.value)] + [x, w].map { $0.gradient.map(backend.read) ?? [] }
    }
    let whole = gradients {
      $0.crossEntropy($0.linear(x, w, weightTransposed: weightTransposed), targets: targets)
    }
    for chunk in [1, 3, 7, 100] {
      let parts = gradients {
        $0.chunkedCrossEntropy(
          x, w, weightTransposed: weightTransposed, targets: targets, chunk: chunk)
      }
      for (a, b) in zip(whole, parts) {
        #expect(a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 }, "\(chunk)")
      }
    }
  }

  private func parameter(_ name: String, _ shape: Shape) -> Parameter {
    Parameter(name: name, backend.tensor(testValues(shape.count, name), shape, .parameters))
  }

  private func check(
    _ parameters: [Parameter], sourceLocation: SourceLocation = #_sourceLocation,
    _ operation: (Tape) -> Variable
  ) {
    let width = operation(Tape(backend, isRecording: false)).shape.lastExtent
    let head = Variable(
      backend.tensor(testValues(width * 11, "head"), [width, 11], .workspace))
    let worst = worstGradientDifference(
      of: parameters, on: backend, samplesPerParameter: 64
    ) { tape in
      let y = operation(tape)
      return tape.crossEntropy(
        tape.linear(y, head), targets: (0..<y.shape.rowCount).map { Int32($0 * 7 % 11) })
    }
    expectClose(worst, sourceLocation)
  }

  private func expectClose(
    _ worst: GradientDifference?, _ sourceLocation: SourceLocation = #_sourceLocation
  ) {
    guard let worst else {
      Issue.record("no parameter got a gradient", sourceLocation: sourceLocation)
      return
    }
    #expect(
      worst.relative < Tolerance.finiteDifference.relative, "\(worst)",
      sourceLocation: sourceLocation)
  }
}
