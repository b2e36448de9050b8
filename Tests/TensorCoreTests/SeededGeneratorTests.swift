import TensorCore
import Testing

@Suite struct SeededGeneratorTests {
  /// Known first outputs of xoshiro256** whose state is filled by SplitMix64 from 0; computed with
  /// an independent program in Python's integers.
  @Test func firstNumbersAreThoseOfThePublishedAlgorithm() {
    var generator = SeededGenerator(seed: 0)
    let first = (0..<3).map { _ in generator.next() }
    #expect(first == SeededGeneratorTests.published)
  }

  static let published: [UInt64] = [
    11091344671253066420, 13793997310169335082, 1900383378846508768,
  ]

  @Test func streamsOfOneSeedDiffer() {
    var a = SeededGenerator(seed: 1, stream: "a")
    var b = SeededGenerator(seed: 1, stream: "b")
    #expect(a.next() != b.next())
  }

  @Test func uniformFillsTheUnitInterval() {
    var generator = SeededGenerator(seed: 3)
    let scalars = (0..<20_000).map { _ in generator.uniform() }
    #expect(scalars.allSatisfy { $0 >= 0 && $0 < 1 })
    let mean = scalars.reduce(0, +) / Float(scalars.count)
    #expect(abs(mean - 0.5) < 0.01)
  }

  @Test func normalHasMeanZeroAndDeviationOne() {
    var generator = SeededGenerator(seed: 4)
    let scalars = (0..<20_000).map { _ in Double(generator.normal()) }
    let mean = scalars.reduce(0, +) / Double(scalars.count)
    let variance = scalars.reduce(0) { $0 + $1 * $1 } / Double(scalars.count)
    #expect(abs(mean) < 0.03)
    #expect(abs(variance - 1) < 0.04)
  }

  @Test func integersStayBelowTheirBoundAndReachAll() {
    var generator = SeededGenerator(seed: 5)
    let seen = Set((0..<1000).map { _ in generator.integer(below: 7) })
    #expect(seen == Set(0..<7))
  }

  @Test func aPermutationHoldsEachNumberOnce() {
    var generator = SeededGenerator(seed: 6)
    let order = generator.permutation(100)
    #expect(order.sorted() == Array(0..<100))
    #expect(order != Array(0..<100))
  }
}
