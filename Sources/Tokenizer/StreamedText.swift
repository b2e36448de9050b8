/// The text of tokens that arrive one at a time. A character whose bytes are split over several
/// tokens appears when its last byte is there.
public struct StreamedText {
  private let encoding: BytePairEncoding
  private var waiting: [UInt8] = []

  public init(_ encoding: BytePairEncoding) { self.encoding = encoding }

  /// The text that this token completes; control tokens have none.
  public mutating func append(_ id: Int32) -> String {
    guard !encoding.isSpecial(id) else { return "" }
    waiting += encoding.bytes(of: id)
    let complete = waiting.count - Self.incompleteCount(waiting)
    defer { waiting.removeFirst(complete) }
    return String(decoding: waiting.prefix(complete), as: UTF8.self)
  }

  /// What is left at the end: the bytes of a character that was never completed, as U+FFFD.
  public mutating func finish() -> String {
    defer { waiting = [] }
    return String(decoding: waiting, as: UTF8.self)
  }

  /// The bytes at the end that begin a character without completing it, at most 3.
  private static func incompleteCount(_ bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      if byte & 0xC0 == 0x80 { continue }
      let needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return needed > back ? back : 0
    }
    return 0
  }
}
