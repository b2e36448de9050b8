import SmallTransformer
import SparseMasksLesson
import Testing

@Suite("Which tokens can reach a query")
struct ReachTests {
  private func reach(_ pattern: any SparsePattern, layers: Int, length: Int = 300) -> Reach {
    var reach = Reach(pattern, length: length)
    for _ in 0..<layers { reach.addLayer() }
    return reach
  }

  @Test(
    "no layer: the query itself; one layer: the mask", arguments: DefinedPattern.patterns.indices)
  func oneLayer(index: Int) {
    let pattern = DefinedPattern.patterns[index]
    let (none, one) = (reach(pattern, layers: 0), reach(pattern, layers: 1))
    for query in stride(from: 0, to: 300, by: 7) {
      #expect(none.reachedCount(query: query) == 1)
      for key in 0..<300 {
        let isKept = key <= query && pattern.sees(query: query, key: key)
        #expect(one.reaches(query: query, key: key) == isKept)
      }
    }
  }

  @Test(
    "a window of W reaches L(W − 1) tokens back and no farther", arguments: [1, 2, 16, 31],
    [1, 2, 5])
  func window(length: Int, layers: Int) {
    let reach = reach(SlidingWindow(length), layers: layers)
    #expect(reach.farthest(query: 299) == min(299, layers * (length - 1)))
    #expect(reach.reachedCount(query: 299) == min(300, layers * (length - 1) + 1))
  }

  @Test(
    "two layers reach everything: strided, fixed, global tokens no farther apart than the window")
  func twoLayers() {
    #expect(reach(Strided(16), layers: 1).share < 1)
    #expect(reach(Strided(16), layers: 2).share == 1)
    #expect(reach(Fixed(16, summary: 2), layers: 2).share == 1)
    let places = Array(stride(from: 15, to: 300, by: 16))
    #expect(reach(GlobalTokens(window: 16, at: places), layers: 2).share == 1)
  }

  @Test("dilation reaches multiples of its step only; sinks add no reach except to themselves")
  func blindSpots() {
    let dilated = reach(DilatedWindow(8, dilation: 4), layers: 20)
    #expect((0..<300).allSatisfy { dilated.reaches(query: 299, key: $0) == (($0 + 1) % 4 == 0) })
    let sinks = reach(SinksAndWindow(sinks: 4, window: 16), layers: 3)
    #expect((4..<299 - 45).allSatisfy { !sinks.reaches(query: 299, key: $0) })
    #expect((299 - 45...299).allSatisfy { sinks.reaches(query: 299, key: $0) })
  }
}
