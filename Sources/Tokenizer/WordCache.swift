/// The tokens of words that were merged before. In a book four words of five are repeated.
///
/// A hash table without chains: a word takes the place of another one with the same hash. Words of
/// more than 16 bytes are not kept.
struct WordCache {
  private struct Entry {
    var low: UInt64 = 0
    var high: UInt64 = 0
    /// Bytes of the word; 0 for a free place.
    var length: Int32 = 0
    var count: Int32 = 0
    var start = 0
  }

  static let longestWord = 16
  private static let (entryBits, mostTokens) = (UInt64(14), 1 << 20)
  private var entries: [Entry]
  /// The tokens of all entries.
  private var tokens: [Int32] = []

  /// A text of fewer bytes gets no places, because making them would take longer.
  init(textLength: Int) {
    entries = textLength < 8192 ? [] : [Entry](repeating: Entry(), count: 1 << Self.entryBits)
  }

  /// Appends the tokens of a word to `result`; `merge` appends them if they are not here.
  @inline(__always)
  mutating func append(
    _ word: UnsafeBufferPointer<UInt8>, to result: inout [Int32], merge: (inout [Int32]) -> Void
  ) {
    guard !entries.isEmpty, word.count <= Self.longestWord else { return merge(&result) }
    var key = Entry(length: Int32(word.count))
    for place in 0..<min(8, word.count) { key.low |= UInt64(word[place]) << UInt64(8 * place) }
    for place in 8..<max(8, word.count) {
      key.high |= UInt64(word[place]) << UInt64(8 * (place - 8))
    }
    let mixed = (key.low ^ (key.high &* 0x9E37_79B9_7F4A_7C15)) &* 0xD6E8_FEB8_6659_FD93
    let place = Int(((mixed ^ (mixed >> 29)) &* 0x9E37_79B9_7F4A_7C15) >> (64 - Self.entryBits))
    let found = entries[place]
    if found.low == key.low, found.high == key.high, found.length == key.length {
      for index in found.start..<found.start + Int(found.count) { result.append(tokens[index]) }
      return
    }
    let before = result.count
    merge(&result)
    guard tokens.count < Self.mostTokens else { return }
    key.start = tokens.count
    key.count = Int32(result.count - before)
    tokens.append(contentsOf: result[before...])
    entries[place] = key
  }
}
