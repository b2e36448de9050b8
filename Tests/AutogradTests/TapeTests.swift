import Autograd
import CPUBackend
import TensorCore
import TestSupport
import Testing

@Suite struct TapeTests {
  private let backend: CPUBackend

  init() throws { backend = try CPUBackend(threadCount: 1) }

  @Test func inferenceKeepsNothing() {
    let weight = parameter([16, 16])
    let held = backend.meter.current.totalBytes
    let (_, peak) = backend.meter.scope {
      let tape = Tape(backend, isRecording: false)
      var x = Variable(backend.full(1, [8, 16], .workspace))
      for _ in 0..<20 { x = tape.linear(x, weight) }
    }
    // One product and its input: two tensors of 8 × 16, for any number of products.
    #expect(peak.totalBytes - held <= 2 * 8 * 16 * 4)
    #expect(backend.meter.current.totalBytes == held)
  }

  @Test func droppingARecordingTapeFreesEverything() {
    let weight = parameter([16, 16])
    let held = backend.meter.current.totalBytes
    do {
      let tape = Tape(backend)
      let x = Variable(backend.full(1, [8, 16], .workspace), needsGradient: true)
      _ = tape.gelu(tape.linear(x, weight))
    }
    #expect(backend.meter.current.totalBytes == held)
  }

  @Test func backwardFreesActivationsStepByStep() {
    let weight = parameter([16, 16])
    let tape = Tape(backend)
    var x = Variable(backend.full(1, [8, 16], .workspace))
    for _ in 0..<10 { x = tape.linear(x, weight) }
    let loss = tape.crossEntropy(x, targets: [Int32](repeating: 3, count: 8))
    x = Variable(backend.full(0, [1], .workspace))
    #expect(backend.meter.current[.activations] == 10 * 8 * 16 * 4 + 4)
    tape.backward(from: loss)
    #expect(backend.meter.current[.activations] == 4)
  }

  @Test func gradientsAddUpUntilReset() {
    let weight = parameter([4, 4])
    func pass() -> [Float] {
      let tape = Tape(backend)
      let x = Variable(backend.tensor(testValues(8, "x"), [2, 4], .workspace))
      tape.backward(from: tape.crossEntropy(tape.linear(x, weight), targets: [1, 2]))
      return weight.gradient.map(backend.read) ?? []
    }
    let once = pass()
    let twice = pass()
    #expect(difference(twice, once.map { 2 * $0 }, .kernel).isWithin)
    weight.resetGradient()
    #expect(pass() == once)
  }

  private func parameter(_ shape: Shape) -> Parameter {
    Parameter(name: "weight", backend.tensor(testValues(shape.count, "w"), shape, .parameters))
  }
}
