import Corpora
import Foundation
import Testing

/// The probabilities of counted n-grams, by hand and by their laws.
@Suite struct NGramTests {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// "abab" has the grams a, b, a with a follower (order 1: windows ab, ba, ab).
  @Test func probabilitiesByHand() {
    let text = bytes("abab")
    let grams = NGrams(counting: [0..<4], of: text, order: 1)
    // Order 0 counts the first bytes of the windows ab, ba, ab: a twice, b once, two different.
    let a0 = (2 + 2.0 / 256) / 5
    let b0 = (1 + 2.0 / 256) / 5
    #expect(abs(grams.probability(of: 97, after: [], context: 1) - a0) < 1e-12)
    #expect(abs(grams.probability(of: 98, after: [], context: 0) - b0) < 1e-12)
    // After a: b twice, one different follower. After b: a once.
    #expect(abs(grams.probability(of: 98, after: [97], context: 1) - (2 + b0) / 3) < 1e-12)
    #expect(abs(grams.probability(of: 97, after: [98], context: 1) - (1 + a0) / 2) < 1e-12)
    // Without context, and after a byte that never occurred, order 0 is left.
    #expect(abs(grams.probability(of: 98, after: [97], context: 0) - b0) < 1e-12)
    #expect(abs(grams.probability(of: 98, after: [120], context: 1) - b0) < 1e-12)
  }

  /// For every context, the probabilities of the 256 bytes have the sum 1.
  @Test func probabilitiesHaveTheSumOne() {
    let text = bytes("the cat sat on the mat; that cat sat.")
    let grams = NGrams(counting: [3..<text.count], of: text, order: 4)
    for context in ["", "t", "at", "that", " cat sat", "xyz", "thx"] {
      for order in 0...5 {
        let sum = (0...255).reduce(0.0) {
          $0 + grams.probability(of: UInt8($1), after: bytes(context), context: order)
        }
        #expect(abs(sum - 1) < 1e-12, "after “\(context)” with \(order) bytes")
      }
    }
  }

  /// Only counted bytes count, and only the last bytes of a context are used.
  @Test func onlyTheCountedPartAndTheLastBytes() {
    let text = bytes("zzzzabcabcabcabczzzz")
    let grams = NGrams(counting: [4..<16], of: text, order: 2)
    #expect(grams.probability(of: 122, after: bytes("ab"), context: 2) < 0.01)
    #expect(
      grams.probability(of: 99, after: bytes("zzab"), context: 9)
        == grams.probability(of: 99, after: bytes("ab"), context: 2))
  }

  /// The loss is the mean of −ln p over all targets, with the context of their own window.
  @Test func lossOnWindows() {
    let text = bytes("abababab")
    let grams = NGrams(counting: [0..<8], of: text, order: 3)
    let windows: [[Int32]] = [[97, 98, 97], [98, 98]]
    let wanted = [
      grams.probability(of: 98, after: [97], context: 2),
      grams.probability(of: 97, after: [97, 98], context: 2),
      grams.probability(of: 98, after: [98], context: 2),
    ].reduce(0.0) { $0 - log($1) / 3 }
    #expect(abs(grams.loss(on: windows, context: 2) - wanted) < 1e-12)
    #expect(grams.loss(on: windows, context: 0) > grams.loss(on: [[97, 98, 97]], context: 1))
  }

  /// "ab" twice in two parts: no gram "ba" reaches across their border, so b is never followed.
  @Test func partsAreCountedApart() {
    let grams = NGrams(counting: [0..<2, 2..<4], of: bytes("abab"), order: 1)
    let (a0, b0) = ((2 + 1.0 / 256) / 3, (1.0 / 256) / 3)
    #expect(abs(grams.probability(of: 98, after: [97], context: 1) - (2 + b0) / 3) < 1e-12)
    #expect(abs(grams.probability(of: 97, after: [98], context: 1) - a0) < 1e-12)
  }
}
