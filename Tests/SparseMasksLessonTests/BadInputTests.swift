import SmallTransformer
import SparseMasksLesson
import TensorCore
import Testing

/// A pattern with impossible sizes stops the program at once, before it gives a wrong number.
@Suite("Patterns refuse impossible sizes")
struct BadInputTests {
  @Test func windows() async {
    await #expect(processExitsWith: .failure) { _ = SlidingWindow(0) }
    await #expect(processExitsWith: .failure) { _ = DilatedWindow(0, dilation: 2) }
    await #expect(processExitsWith: .failure) { _ = DilatedWindow(4, dilation: 0) }
    await #expect(processExitsWith: .failure) { _ = SinksAndWindow(sinks: -1, window: 4) }
    await #expect(processExitsWith: .failure) { _ = SinksAndWindow(sinks: 4, window: 0) }
  }

  @Test func stridesAndSegments() async {
    await #expect(processExitsWith: .failure) { _ = Strided(0) }
    await #expect(processExitsWith: .failure) { _ = Fixed(8, summary: 0) }
    await #expect(processExitsWith: .failure) { _ = Fixed(8, summary: 9) }
    await #expect(processExitsWith: .failure) { _ = GlobalTokens(window: 4, at: [7, 3]) }
  }

  @Test func blocks() async {
    await #expect(processExitsWith: .failure) { _ = RandomBlocks(1, blockSize: 0, seed: 1) }
    await #expect(processExitsWith: .failure) { _ = RandomBlocks(-1, seed: 1) }
    await #expect(processExitsWith: .failure) { _ = BlockSparse(Causal(), blockSize: 24) }
    await #expect(processExitsWith: .failure) { _ = BlockSparse(Causal(), blockSize: 128) }
    await #expect(processExitsWith: .failure) {
      _ = BlockList(length: 0) { [0..<$0 + 1] }
    }
    await #expect(processExitsWith: .failure) {
      // A key later than its query.
      _ = BlockList(length: 20) { [0..<$0 + 2] }
    }
  }

  @Test("a text shorter than a block has one block") func shortTexts() {
    let list = Strided(3).blockList(length: 5, blockSize: 64)
    #expect(list.keptKeyBlocks == [[0]])
    #expect(RandomBlocks(2, blockSize: 64, seed: 1).countedPairs(length: 5) == 15)
  }
}
