import FlashTilingLesson
import Foundation
import TestSupport
import Testing

@Suite struct SoftmaxTests {
  @Test func theBareSoftmaxOverflowsAndTheSafeOneDoesNot() {
    #expect(bareSoftmax([98, 99, 100]).contains { !$0.isFinite })
    let safe = safeSoftmax([98, 99, 100])
    #expect(difference(safe, safeSoftmax([-2, -1, 0]), .kernel).isWithin)
    #expect(abs(safe.reduce(0, +) - 1) < 1e-6)
  }

  @Test(arguments: [1, 2, 7, 50, 100])
  func aRowInAnyPiecesHasTheSoftmaxOfTheWholeRow(piece: Int) {
    let scores = testValues(100, "stream", scale: 10)
    var softmax = OnlineSoftmax()
    var weights: [Float] = []
    for start in stride(from: 0, to: scores.count, by: piece) {
      var part = Array(scores[start..<min(100, start + piece)])
      let factor = softmax.absorb(&part)
      #expect(factor <= 1)
      weights = weights.map { $0 * factor } + part
    }
    let found = difference(weights.map { $0 / softmax.sum }, safeSoftmax(scores), .sums)
    #expect(found.isWithin, "\(found)")
    let top = Double(scores.max() ?? 0)
    let expected = log(scores.reduce(0) { $0 + exp(Double($1) - top) }) + top
    #expect(abs(Double(softmax.logSumExp) - expected) < 1e-4)
  }

  @Test func maskedScoresHaveNoEffect() {
    var softmax = OnlineSoftmax()
    var nothing: [Float] = [-.infinity, -.infinity]
    #expect(softmax.absorb(&nothing) == 1)
    #expect(nothing == [0, 0])
    #expect(softmax.sum == 0 && softmax.logSumExp == -.infinity)
    var something: [Float] = [3, -.infinity]
    _ = softmax.absorb(&something)
    #expect(something == [1, 0])
    #expect(softmax.logSumExp == 3)
  }

  @Test func thePrintedFactorIsWrongAndTheOtherRight() {
    let head = HeadNumbers(length: 24, headDim: 8, seed: 3)
    let expected =
      HeadReference(queries: head.queries, keys: head.keys, values: head.values, isCausal: false)
      .output
    func worst(_ rescale: Rescale, blockSize: Int) -> Double {
      let rows = (0..<24).flatMap {
        rescale.attend(
          query: $0, queries: head.queries, keys: head.keys, values: head.values,
          blockSize: blockSize)
      }
      return Matrix(rows: 24, columns: 8, values: rows).largestDifference(to: expected)
    }
    for blockSize in [1, 5, 8, 24] { #expect(worst(.correct, blockSize: blockSize) < 1e-6) }
    #expect(worst(.asPrinted, blockSize: 5) > 0.1)
    // A single block needs no rescaling, so both agree.
    #expect(worst(.asPrinted, blockSize: 24) < 1e-6)
  }
}
