import CPUBackend
import FlashTilingLesson
import TensorCore
import TestSupport
import Testing

/// Plain attention on the engine, what is timed, and the map without the matrix.
@Suite struct MethodTests {
  @Test(arguments: [1, 7, 64, 130], [false, true])
  func plainAndTiledGiveTheReference(length: Int, isCausal: Bool) throws {
    let backend = try CPUBackend(threadCount: 2)
    let numbers = HeadNumbers(length: length, headDim: 8, seed: 4)
    let reference = PlainReference(
      queries: numbers.queries, keys: numbers.keys, values: numbers.values, isCausal: isCausal)
    let gradients = reference.gradients(outputGradient: numbers.outputGradient)
    for method in [NaiveMethod(), TiledMethod()] as [any AttentionMethod] {
      let head = HeadTensors(backend, numbers, isCausal: isCausal)
      let saved = method.forward(head, on: backend)
      method.backward(head, saved: saved, on: backend)
      for (tensor, expected) in [
        (head.output, reference.output), (head.queryGradient, gradients.queries),
        (head.keyGradient, gradients.keys), (head.valueGradient, gradients.values),
      ] {
        // One token alone has gradients of zero, left over from numbers of size one.
        let tolerance = Tolerance(relative: 2e-5, floor: 1)
        let found = difference(backend.read(tensor), expected.map { Float($0) }, tolerance)
        #expect(found.isWithin, "\(method.name): \(found)")
      }
    }
  }

  @Test func whatWouldNotFitIsRefusedBeforeItStarts() throws {
    let backend = try CPUBackend(threadCount: 1)
    let head = HeadTensors(
      backend, HeadNumbers(length: 64, headDim: 8, seed: 4), isCausal: true)
    let needed = 2 * 4 * 64 * 64
    let sitting = { (budget: Int) in
      Sitting(
        [NaiveMethod(), TiledMethod()], head, on: backend, rounds: 1, budgetBytes: budget)
    }
    let refused = sitting(needed - 1)
    #expect(refused.refusals == [Refusal(method: "plain", length: 64, bytes: needed)])
    #expect(refused.measurements.map(\.method) == ["tiled"])
    let admitted = sitting(needed)
    #expect(admitted.refusals.isEmpty)
    #expect(admitted.measurements.map(\.method) == ["plain", "tiled"])
    // The meter finds what the formula said, and nothing is left behind.
    #expect(admitted.measurements[0].bothBytes == needed)
    #expect(admitted.measurements[0].forwardBytes == needed / 2)
    #expect(backend.meter.current.totalBytes == 8 * 4 * 64 * 8)
  }

  @Test func powerLawsAreFound() throws {
    let x = [2.0, 3, 8, 100]
    let law = try #require(PowerLaw(x, x.map { 5 * $0 * $0 }))
    #expect(abs(law.exponent - 2) < 1e-9 && abs(law.factor - 5) < 1e-9)
    #expect(PowerLaw([1], [1]) == nil)
    #expect(PowerLaw([3, 3], [1, 2]) == nil)
    #expect(PowerLaw([1, 2], [0, 2]) == nil)
  }
}
