import SystemSupport
import Testing

@Suite struct NearestNameTests {
  private let slugs = ["why-context", "cost", "positions", "sparse-masks", "flash-tiling"]

  @Test(arguments: [
    ("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("cost", "cots", 1), ("a", "a", 0),
  ])
  func distances(first: String, second: String, distance: Int) {
    #expect(editDistance(first, second) == distance)
    #expect(editDistance(second, first) == distance)
  }

  @Test(arguments: [
    ("postions", "positions"), ("Positions", "positions"), ("flash", "flash-tiling"),
    ("cots", "cost"), ("sparse-mask", "sparse-masks"), ("zebra", nil), ("", nil),
    ("most", "cost"), ("moss", nil), ("nope", nil),
  ])
  func nearest(typed: String, expected: String?) {
    #expect(nearestName(to: typed, among: slugs) == expected)
  }

  @Test(arguments: [("llama 70b", "Llama 2 70B"), ("llama", "Llama 2 7B"), ("gpt 2", "GPT-2")])
  func capitalsDoNotMatter(typed: String, expected: String) {
    #expect(nearestName(to: typed, among: ["GPT-2", "Llama 2 7B", "Llama 2 70B"]) == expected)
  }
}
