import Foundation
import LessonKit

/// The section "When the factor follows the length": dynamic scaling and the cache.
extension PositionsLesson {
  func cacheKeys(_ notebook: Notebook) throws {
    notebook.heading("When the factor follows the length")
    notebook.say(
      """
      A model can choose s by the length of the text so far: *dynamic* scaling costs nothing while \
      the text is no longer than T. But a model that generates keeps its keys in a cache, rotated. \
      When s changes, the cached keys keep the angles of the old frequencies, and the query has \
      the new ones. The score then depends on more than the offset. The remedy is to cache keys \
      *before* rotation, and to rotate them again at every step (Peng et al., section 3.3).
      """)
    let (old, new) = (1.0, 0.5)
    func number(_ value: Double) -> String { Quantity.plain.text(value, digits: 2) }
    notebook.example(
      "By hand: one pair of (1, 0), θ = 1 when the key was cached, θ′ = 1/2 when the query comes",
      columns: [
        "query at m", "key at n", "score with n rotated by θ′", "score with n rotated by θ",
      ],
      rows: [(3.0, 1.0), (13, 11), (23, 21)].map { m, n in
        [
          "\(Int(m))", "\(Int(n))", number(cos(m * new - n * new)), number(cos(m * new - n * old)),
        ]
      },
      result: """
        The offset is 2 in every row. With one frequency the score is the same in all of them. \
        With two it changes with the place in the text, and means nothing.
        """)
    let found = notebook.step("cached-keys", "Move query and key together, with both caches") {
      CacheScores(seed: notebook.seed)
    }
    notebook.claim(
      "cached-before",
      "Keys cached before rotation: a score changes by at most {} when query and key move together",
      found.beforeRotation, atMost: 1e-4, from: .smoke, kind: .exact)
    notebook.measure(
      "cached-after",
      "Keys cached after rotation with the old frequencies: largest change of a score",
      found.afterRotation)
  }
}
