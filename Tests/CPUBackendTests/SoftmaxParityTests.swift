import CPUBackend
import Foundation
import TensorCore
import TestSupport
import Testing

/// `softmaxRows` and its gradient against the formula in Double.
@Suite struct SoftmaxParityTests {
  static let sizes = [(1, 1, 1), (1, 3, 5), (2, 5, 3), (1, 13, 33), (3, 64, 64), (1, 517, 300)]

  @Test(arguments: sizes, [1, 3])
  func forward(size: (Int, Int, Int), threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    let (batch, rows, columns) = size
    let x = testValues(batch * rows * columns, "scores", scale: 30)
    for isCausal in [false, true] {
      let matrix = backend.tensor(x, [batch, rows, columns], .workspace)
      backend.softmaxRows(matrix, scale: 0.3, isCausal: isCausal)
      let expected = reference(x, rows: rows, columns: columns, isCausal: isCausal)
      let found = difference(backend.read(matrix), expected.map { Float($0) }, .sums)
      #expect(found.isWithin, "causal \(isCausal): \(found)")
    }
  }

  @Test(arguments: sizes, [1, 3])
  func backward(size: (Int, Int, Int), threadCount: Int) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    let (batch, rows, columns) = size
    let count = batch * rows * columns
    let y = reference(
      testValues(count, "scores"), rows: rows, columns: columns, isCausal: true)
    let dy = testValues(count, "gradient")
    let expected = (0..<count).map { index -> Float in
      let start = index / columns * columns
      let mean = (start..<start + columns).reduce(0) { $0 + y[$1] * Double(dy[$1]) }
      return Float(0.3 * y[index] * (Double(dy[index]) - mean))
    }
    let gradient = backend.tensor(dy, [batch, rows, columns], .workspace)
    backend.softmaxRowsBackward(
      gradient, y: backend.tensor(y.map { Float($0) }, [batch, rows, columns], .workspace),
      scale: 0.3)
    let found = difference(backend.read(gradient), expected, .sums)
    #expect(found.isWithin, "\(found)")
  }

  private func reference(
    _ x: [Float], rows: Int, columns: Int, isCausal: Bool
  ) -> [Double] {
    stride(from: 0, to: x.count, by: columns).flatMap { start -> [Double] in
      let row = start / columns % rows
      let seen = isCausal ? max(0, min(columns, row + 1 + columns - rows)) : columns
      let scores = x[start..<start + seen].map { Double($0) * Double(Float(0.3)) }
      let top = scores.max() ?? 0
      let weights = scores.map { exp($0 - top) }
      let sum = weights.reduce(0, +)
      return weights.map { $0 / sum } + [Double](repeating: 0, count: columns - seen)
    }
  }
}
