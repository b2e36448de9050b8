/// Tokens that are found by name in a text before it is cut: at each place the longest one.
struct NamedTokens: Sendable {
  /// By their first byte, the longest first.
  private let candidates: [[(name: [UInt8], id: Int32)]]
  private let isEmpty: Bool

  init(_ vocabulary: BytePairEncoding.Vocabulary, _ ids: Set<Int32>) {
    var candidates = [[(name: [UInt8], id: Int32)]](repeating: [], count: 256)
    for id in ids where vocabulary.tokens.indices.contains(Int(id)) {
      let name = Array(vocabulary.tokens[Int(id)].utf8)
      if let first = name.first { candidates[Int(first)].append((name, id)) }
    }
    self.candidates = candidates.map { $0.sorted { $0.name.count > $1.name.count } }
    isEmpty = candidates.allSatisfy(\.isEmpty)
  }

  /// Calls `body` with each place of a named token, in order, without overlaps.
  /// - Complexity: O(n · names with one first byte · their length).
  func forEachMatch(
    in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>, Int32) -> Void
  ) {
    guard !isEmpty else { return }
    var place = 0
    while place < text.count {
      let found = candidates[Int(text[place])].first { name, _ in
        place + name.count <= text.count
          && text[place..<place + name.count].elementsEqual(name)
      }
      guard let found else {
        place += 1
        continue
      }
      body(place..<place + found.name.count, found.id)
      place += found.name.count
    }
  }
}
