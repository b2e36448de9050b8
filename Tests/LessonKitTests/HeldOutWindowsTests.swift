import CPUBackend
import Corpora
import LessonKit
import Testing

/// The windows that every evaluation on text reads, on a text in which each byte gives its position.
@Suite(.serialized) struct HeldOutWindowsTests {
  private static let corpus = Corpus(name: "numbers", bytes: [UInt8](0..<250))

  /// Runs a body with a notebook.
  private struct Windows: Lesson {
    static let card = DemoLesson.card
    nonisolated(unsafe) static var body: (Notebook) throws -> Void = { _ in }
    func teach(_ notebook: Notebook) throws { try Self.body(notebook) }
  }

  private func windows(length: Int, tokenCount: Int) throws -> [[Int32]] {
    var found: [[Int32]] = []
    Windows.body = {
      found = try $0.heldOutWindows(Self.corpus, length: length, tokenCount: tokenCount)
    }
    let outcome = try RunFixture().run(Windows.self)
    if let failure = outcome.failure { throw failure }
    return found
  }

  /// The last tenth is 225 ..< 250. Each window has one token more than its length, and shares it
  /// with the next one.
  @Test func windowsFollowEachOther() throws {
    #expect(try windows(length: 8, tokenCount: 16) == [Array(225...233), Array(233...241)])
    // As many as fit into the count; at least one.
    #expect(try windows(length: 8, tokenCount: 23).count == 2)
    #expect(try windows(length: 8, tokenCount: 24).count == 3)
    #expect(try windows(length: 8, tokenCount: 1) == [Array(225...233)])
    // As many as the held-out part has: 3 · 8 targets of 24.
    #expect(try windows(length: 8, tokenCount: 1000).last == Array(241...249))
    #expect(try windows(length: 24, tokenCount: 24) == [Array(225...249)])
    #expect(throws: CorpusError.self) { try windows(length: 25, tokenCount: 25) }
  }
}
