import Autograd
import CPUBackend
import TensorCore
import TestSupport
import Testing

/// A variable may be an input of several operations. Its gradient is the sum over all uses, which
/// finite differences of the loss confirm.
@Suite struct SecondUseTests {
  enum Operation: String, CaseIterable, CustomTestStringConvertible {
    case linear, weight, bias, layerNorm, rmsNorm, gelu, swiGLU, embed, rotate, attention
    case sinks, naiveAttention, dropout, add, subtract, gatherRows, addRows, reshaped, onHost,
      recomputing

    var testDescription: String { rawValue }
  }

  private let backend: CPUBackend
  private let x: Parameter
  /// Other inputs, which need no gradient.
  private let vector: Variable
  private let matrix: Variable
  private static let (batch, length, width) = (2, 3, 24)

  init() throws {
    let backend = try CPUBackend(threadCount: 2)
    self.backend = backend
    func tensor(_ name: String, _ shape: Shape) -> Tensor {
      backend.tensor(testValues(shape.count, name), shape, .parameters)
    }
    x = Parameter(name: "x", tensor("x", [Self.batch, Self.length, Self.width]))
    vector = Variable(tensor("vector", [Self.width]))
    matrix = Variable(tensor("matrix", [Self.width, Self.width]))
  }

  @Test(arguments: Operation.allCases)
  func gradientIsTheSumOverBothUses(operation: Operation) throws {
    let head = Variable(backend.tensor(testValues(24 * 11, "head"), [24, 11], .workspace))
    let input = parameter(of: operation)
    let worst = worstGradientDifference(of: [input], on: backend, samplesPerParameter: 64) { tape in
      let y = tape.add(result(of: operation, input, tape), result(of: operation, input, tape))
      let rows = tape.linear(asRows(y, tape), head)
      return tape.crossEntropy(rows, targets: (0..<rows.shape.rowCount).map { Int32($0 * 7 % 11) })
    }
    let found = try #require(worst)
    #expect(found.relative < Tolerance.finiteDifference.relative, "\(found)")
  }

  /// A lesson may use the packed heads of an attention layer a second time.
  @Test func packedHeadsOfAttentionHaveAnotherUse() throws {
    let head = Variable(backend.tensor(testValues(24 * 11, "head"), [24, 11], .workspace))
    let worst = worstGradientDifference(of: [x], on: backend, samplesPerParameter: 64) { tape in
      let mixed = tape.linear(tape.attention(x, problem), Variable(matrix.value.slice(0..<8)))
      let y = tape.add(mixed, tape.gelu(x))
      return tape.crossEntropy(tape.linear(y, head), targets: [0, 1, 2, 3, 4, 5])
    }
    let found = try #require(worst)
    #expect(found.relative < Tolerance.finiteDifference.relative, "\(found)")
  }

  /// Two losses in chunks of the same rows, by a weight that also made the rows.
  @Test func twoChunkedLossesShareRowsAndWeight() throws {
    let weight = Parameter(
      name: "weight", backend.tensor(testValues(24 * 24, "weight"), [24, 24], .parameters))
    let worst = worstGradientDifference(
      of: [x, weight], on: backend, samplesPerParameter: 64
    ) { tape in
      let rows = tape.linear(x, weight)
      return tape.add(
        tape.chunkedCrossEntropy(rows, weight, targets: [0, 1, 2, 3, 4, 5], chunk: 4),
        tape.chunkedCrossEntropy(rows, weight, targets: [5, 23, -1, 3, 0, 9], chunk: 1))
    }
    let found = try #require(worst)
    #expect(found.relative < Tolerance.finiteDifference.relative, "\(found)")
  }

  private var problem: AttentionProblem {
    AttentionProblem(
      batchCount: Self.batch, queryLength: Self.length, keyLength: Self.length, headCount: 1,
      kvHeadCount: 1, headDim: 8)
  }

  private func parameter(of operation: Operation) -> Parameter {
    let shape: Shape
    switch operation {
    case .weight, .embed: shape = [Self.width, Self.width]
    case .bias: shape = [Self.width]
    case .sinks: shape = [1]
    default: return x
    }
    return Parameter(
      name: "x", backend.tensor(testValues(shape.count, "other"), shape, .parameters))
  }

  private func result(of operation: Operation, _ x: Variable, _ tape: Tape) -> Variable {
    let other = self.x.value
    switch operation {
    case .linear: return tape.linear(x, matrix, residual: x)
    case .weight: return tape.linear(Variable(other), x)
    case .bias: return tape.linear(Variable(other), matrix, bias: x)
    case .layerNorm: return tape.layerNorm(x, weight: vector, bias: vector)
    case .rmsNorm: return tape.rmsNorm(x, weight: vector)
    case .gelu: return tape.gelu(x, bias: vector)
    case .swiGLU: return tape.swiGLU(x)
    case .embed: return tape.embed([1, 4, 4, 0, 5, 1], batch: 2, table: x)
    case .rotate: return tape.rotate(x, by: rotation, rotatedHeads: 2, headDim: 8)
    case .attention: return tape.attention(x, problem)
    case .sinks: return tape.attention(Variable(other), problem, sinks: x)
    case .naiveAttention: return tape.naiveAttention(x, problem)
    case .dropout:
      return tape.dropout(x, DropoutMask(rate: 0.4, seed: 1, step: 2, site: 3), residual: x)
    case .add: return tape.add(x, x)
    case .subtract: return tape.subtract(tape.linear(x, matrix), x)
    case .gatherRows: return tape.gatherRows(x, [5, 1, 1, 3])
    case .addRows:
      let gates = Variable(backend.full(0.5, [2, 1], .workspace))
      return tape.addRows(x, [4, 1], tape.gatherRows(x, [0, 2]), gates: gates)
    case .reshaped: return tape.reshaped(x, [Self.length, Self.batch, Self.width])
    case .onHost:
      return tape.onHost(x) { values in
        (values.map { $0 * $0 }, { zip(values, $0).map { 2 * $0 * $1 } })
      }
    case .recomputing: return tape.recomputing { $0.swiGLU($0.linear(x, matrix)) }
    }
  }

  private var rotation: RotationTable {
    RotationTable(
      cosines: backend.tensor(testValues(8 * 4, "cos"), [8, 4], .workspace),
      sines: backend.tensor(testValues(8 * 4, "sin"), [8, 4], .workspace), pairing: .halves)
  }

  /// Reshapes the result of any operation to rows as wide as the head.
  private func asRows(_ y: Variable, _ tape: Tape) -> Variable {
    tape.reshaped(y, [y.shape.count / 24, 24])
  }
}
