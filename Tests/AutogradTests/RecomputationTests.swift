import Autograd
import CPUBackend
import TensorCore
import TestSupport
import Testing

@Suite struct RecomputationTests {
  private let backend: CPUBackend
  private let weights: [Parameter]
  private static let rows = 8
  private static let width = 16
  /// Bytes of one tensor of the chain.
  private static let bytes = rows * width * 4

  init() throws {
    let backend = try CPUBackend(threadCount: 1)
    self.backend = backend
    weights = (0..<6).map { i in
      Parameter(
        name: "w\(i)", backend.tensor(testValues(256, "w\(i)", scale: 0.3), [16, 16], .parameters))
    }
  }

  /// `x + dropout(gelu(x • w) • w)`: a weight used twice, a residual, a dropout mask.
  private func layer(_ i: Int, _ x: Variable, _ tape: Tape) -> Variable {
    let inner = tape.gelu(tape.linear(x, weights[i]))
    let mask = DropoutMask(rate: 0.25, seed: 3, step: 1, site: i)
    return tape.dropout(tape.linear(inner, weights[i]), mask, residual: x)
  }

  private func layers(_ range: Range<Int>, _ x: Variable, _ tape: Tape) -> Variable {
    range.reduce(x) { layer($1, $0, tape) }
  }

  private func start() -> Variable {
    Variable(backend.tensor(testValues(Self.rows * Self.width, "x"), [8, 16], .workspace))
  }

  /// Loss and gradients of all weights after a pass through the chain.
  private func pass(_ chain: (Variable, Tape) -> Variable) -> [[Float]] {
    for weight in weights { weight.resetGradient() }
    let tape = Tape(backend)
    let loss = tape.crossEntropy(
      chain(start(), tape), targets: (0..<Int32(Self.rows)).map { $0 * 2 })
    let value = backend.read(loss.value)
    tape.backward(from: loss)
    return [value] + weights.map { $0.gradient.map(backend.read) ?? [] }
  }

  @Test func gradientsAreBitwiseEqualToKeepingAll() {
    let kept = pass { layers(0..<6, $0, $1) }
    #expect(kept.dropFirst().allSatisfy { $0.contains { $0 != 0 } })
    let again = pass { x, tape in
      stride(from: 0, to: 6, by: 2).reduce(x) { x, i in
        tape.recomputing { layers(i..<i + 2, x, $0) }
      }
    }
    #expect(again == kept)
  }

  @Test func scopesNest() {
    let kept = pass { layers(0..<6, $0, $1) }
    var runs = 0
    let nested = pass { x, tape in
      let y = tape.recomputing { tape in
        let middle = tape.recomputing { tape in
          runs += 1
          return layers(0..<2, x, tape)
        }
        return layers(2..<4, middle, tape)
      }
      return layers(4..<6, y, tape)
    }
    #expect(nested == kept)
    // Once forward, once in the rerun of the outer scope, and once to be kept.
    #expect(runs == 3)
  }

  @Test func resultUsedTwiceAndInputUsedOutside() {
    func chain(_ inner: @escaping (Tape, @escaping (Tape) -> Variable) -> Variable)
      -> (Variable, Tape) -> Variable
    {
      { x, tape in
        let first = layer(0, x, tape)
        let second = inner(tape) { layer(1, first, $0) }
        return tape.add(tape.add(second, layer(2, second, tape)), first)
      }
    }
    let kept = pass(chain { tape, body in body(tape) })
    #expect(pass(chain { tape, body in tape.recomputing(body) }) == kept)
  }

  @Test func onlyInputsAreKeptAndOneScopeIsRecomputedAtATime() {
    let tape = Tape(backend)
    var x = start()
    for i in 0..<5 {
      let input = x
      x = tape.recomputing { layer(i, input, $0) }
    }
    let loss = tape.crossEntropy(x, targets: [Int32](repeating: 3, count: Self.rows))
    x = start()
    #expect(backend.meter.current[.activations] == 5 * Self.bytes + 4)
    let (_, peak) = backend.meter.scope { tape.backward(from: loss) }
    // When the last scope is recomputed, four inputs are alive, and of the scope itself the tensors
    // before and after gelu, the branch, and the sum.
    #expect(peak[.activations] <= (5 + 4) * Self.bytes + 4)
    #expect(backend.meter.current[.activations] == 4)
  }

  @Test func droppingTheTapeFreesEverything() {
    let held = backend.meter.current.totalBytes
    do {
      let (tape, x) = (Tape(backend), start())
      _ = tape.recomputing { tape in tape.recomputing { layer(0, x, $0) } }
    }
    #expect(backend.meter.current.totalBytes == held)
  }

  @Test func inferenceRunsTheBodyOnTheSameTape() {
    let tape = Tape(backend, isRecording: false)
    let x = start()
    let value = tape.recomputing { inner in
      #expect(inner === tape)
      return layer(0, x, inner)
    }
    #expect(!value.needsGradient)
  }

  @Test func bodyWithoutGradientRunsOnce() {
    let tape = Tape(backend)
    var runs = 0
    let x = start()
    let y = tape.recomputing { tape in
      runs += 1
      return tape.add(x, x)
    }
    tape.backward(
      from: tape.crossEntropy(
        tape.linear(y, weights[0]), targets: [Int32](repeating: 1, count: Self.rows)))
    #expect(runs == 1)
  }

  @Test func recordingOnTheOuterTapeTraps() async {
    await #expect(processExitsWith: .failure) {
      let backend = try CPUBackend(threadCount: 1)
      let weight = Parameter(name: "w", backend.full(1, [2, 2], .parameters))
      let tape = Tape(backend)
      let x = Variable(backend.full(1, [1, 2], .workspace))
      _ = tape.recomputing { _ in tape.linear(x, weight) }
    }
  }
}
