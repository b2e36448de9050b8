import TensorCore
import Testing

@Suite struct LargestDifferenceTests {
  @Test func ofNumbers() {
    #expect(largestAbsoluteDifference([1, 2, -3] as [Float], [1, 2.5, -3] as [Double]) == 0.5)
    #expect(largestAbsoluteDifference([1, 2, -3] as [Float], [1, 2, -1] as [Float]) == 2)
    #expect(largestAbsoluteDifference([] as [Float], [] as [Double]) == 0)
  }

  /// Neither may look like an exact result.
  @Test func ofMissingNumbersAndNaN() {
    #expect(largestAbsoluteDifference([1] as [Float], [1, 2] as [Double]) == .infinity)
    #expect(largestAbsoluteDifference([] as [Float], [1] as [Float]) == .infinity)
    #expect(
      largestAbsoluteDifference([1, .nan, 1] as [Float], [1, 1, 1] as [Double]) == .infinity)
    #expect(largestAbsoluteDifference([.infinity] as [Float], [.infinity] as [Float]) == .infinity)
  }
}
