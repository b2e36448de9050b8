import FlashTilingLesson
import Foundation
import TestSupport
import Testing

@Suite struct TiledAttentionTests {
  static let lengths = [1, 2, 5, 13]

  @Test(arguments: lengths, [false, true])
  func everyTileSizeGivesTheReference(length: Int, isCausal: Bool) throws {
    let head = HeadNumbers(length: length, headDim: 4, seed: 5)
    let reference = HeadReference(
      queries: head.queries, keys: head.keys, values: head.values, isCausal: isCausal)
    let expected = reference.gradients(outputGradient: head.outputGradient)
    for queries in 1...length {
      for keys in 1...length {
        let tiles = try TileSizes(queries: queries, keys: keys, length: length)
        let attention = TiledAttention(tiles, isCausal: isCausal, headDim: 4)
        let result = attention.forward(
          queries: head.queries, keys: head.keys, values: head.values)
        #expect(result.output.largestDifference(to: reference.output) < 2e-6, "tile \(tiles)")
        let found = attention.backward(
          outputGradient: head.outputGradient, queries: head.queries, keys: head.keys,
          values: head.values, saved: result)
        #expect(found.queries.largestDifference(to: expected.queries) < 5e-6, "dQ, tile \(tiles)")
        #expect(found.keys.largestDifference(to: expected.keys) < 5e-6, "dK, tile \(tiles)")
        #expect(found.values.largestDifference(to: expected.values) < 5e-6, "dV, tile \(tiles)")
      }
    }
  }

  /// The reference's own gradients, by central differences of `Σ dO ∘ O` in Double.
  @Test(arguments: [false, true])
  func theReferencesGradientsEqualCentralDifferences(isCausal: Bool) {
    let head = HeadNumbers(length: 5, headDim: 3, seed: 9)
    func loss(_ q: Matrix, _ k: Matrix, _ v: Matrix) -> Double {
      let output = HeadReference(queries: q, keys: k, values: v, isCausal: isCausal).output
      return zip(output, head.outputGradient.values).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    let found = HeadReference(
      queries: head.queries, keys: head.keys, values: head.values, isCausal: isCausal
    ).gradients(outputGradient: head.outputGradient)
    for index in 0..<15 {
      func slope(_ matrix: Matrix, _ loss: (Matrix) -> Double) -> Double {
        var (up, down) = (matrix, matrix)
        up.values[index] += 0x1p-8
        down.values[index] -= 0x1p-8
        return (loss(up) - loss(down)) / (Double(up.values[index]) - Double(down.values[index]))
      }
      let q = slope(head.queries) { loss($0, head.keys, head.values) }
      let k = slope(head.keys) { loss(head.queries, $0, head.values) }
      let v = slope(head.values) { loss(head.queries, head.keys, $0) }
      #expect(abs(q - found.queries[index]) < 1e-4)
      #expect(abs(k - found.keys[index]) < 1e-4)
      #expect(abs(v - found.values[index]) < 1e-4)
    }
  }

  @Test func causalTilesAboveTheDiagonalAreNotTouched() throws {
    let head = HeadNumbers(length: 16, headDim: 4, seed: 1)
    func computed(_ queries: Int, _ keys: Int, isCausal: Bool) throws -> (Int, Int) {
      let result = TiledAttention(
        try TileSizes(queries: queries, keys: keys, length: 16), isCausal: isCausal, headDim: 4
      ).forward(queries: head.queries, keys: head.keys, values: head.values)
      return (result.computedTiles, result.allTiles)
    }
    #expect(try computed(4, 4, isCausal: true) == (10, 16))
    #expect(try computed(4, 4, isCausal: false) == (16, 16))
    #expect(try computed(1, 1, isCausal: true) == (136, 256))
    // Blocks of different sizes: queries 0..<8 see keys 0..<8, queries 8..<16 all.
    #expect(try computed(8, 2, isCausal: true) == (4 + 8, 16))
    #expect(try computed(2, 8, isCausal: true) == (4 + 8, 16))
  }

  @Test func invalidTilesAreErrors() {
    #expect(throws: TileError.empty("queries", 0)) {
      try TileSizes(queries: 0, keys: 4, length: 8)
    }
    #expect(throws: TileError.empty("keys", -1)) {
      try TileSizes(queries: 4, keys: -1, length: 8)
    }
    #expect(throws: TileError.tooLarge("keys", 9, length: 8)) {
      try TileSizes(queries: 8, keys: 9, length: 8)
    }
    #expect(TileError.empty("keys", 0).description.contains("at least 1"))
    #expect(TileError.tooLarge("keys", 9, length: 8).description.contains("at most 8"))
  }
}
