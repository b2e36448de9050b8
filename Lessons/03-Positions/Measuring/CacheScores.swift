import LessonKit
import SmallTransformer
import TensorCore

/// Scores of one query with keys of a cache, when the frequencies change between them.
struct CacheScores: Codable {
  /// Largest change of a score when query and key move by the same distance: with keys cached
  /// before rotation, all rotated with the frequencies of the query.
  let beforeRotation: Double
  /// The same with keys cached after rotation, with the frequencies of an earlier, shorter text.
  let afterRotation: Double

  init(seed: UInt64, headDim: Int = 32) {
    var generator = SeededGenerator(seed: seed, stream: "cached keys")
    let (query, key) = (
      (0..<headDim).map { _ in generator.normal() }, (0..<headDim).map { _ in generator.normal() }
    )
    let short = Rotary().frequencies(headDim: headDim)
    let long = NTKAware(factor: 2).frequencies(short, base: Rotary().base, headDim: headDim)
    func score(_ m: Int, _ n: Int, keyFrequencies: [Double]) -> Double {
      let q = TextbookRotation.rotated(query, position: m, frequencies: long)
      let k = TextbookRotation.rotated(key, position: n, frequencies: keyFrequencies)
      return zip(q, k).reduce(0) { $0 + Double($1.0) * Double($1.1) } / Double(headDim).squareRoot()
    }
    func change(_ keyFrequencies: [Double]) -> Double {
      (0..<200).map { place in
        abs(
          score(place + 2, place, keyFrequencies: keyFrequencies)
            - score(2, 0, keyFrequencies: keyFrequencies))
      }.max() ?? .nan
    }
    beforeRotation = change(long)
    afterRotation = change(short)
  }
}
