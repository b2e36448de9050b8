import SystemSupport
import Testing

@Suite struct EscapeSequenceTests {
  /// Reads a sequence from its start. Returns it, and what follows it.
  private func read(_ text: String) -> (sequence: EscapeSequence, rest: String) {
    var (sequence, count) = (EscapeSequence(), 1)
    for byte in text.utf8.dropFirst() {
      if sequence.isFinished { break }
      sequence.add(byte)
      count += 1
    }
    return (sequence, String(decoding: text.utf8.dropFirst(count), as: UTF8.self))
  }

  @Test(
    arguments: [
      "\u{1B}[A", "\u{1B}OQ", "\u{1B}[15~", "\u{1B}[?62;4c", "\u{1B}_Gi=31;EINVAL:bad q\u{1B}\\",
      "\u{1B}]11;rgb:ff\u{7}", "\u{1B}P1$r\u{1B}x\u{1B}\\", "\u{1B}b",
    ])
  func aSequenceEndsWhereItEnds(text: String) {
    let (sequence, rest) = read(text + "q")
    #expect(sequence.isFinished)
    #expect(rest == "q")
    #expect(sequence.isDeviceAttributes == (text == "\u{1B}[?62;4c"))
  }

  @Test(arguments: ["\u{1B}", "\u{1B}[", "\u{1B}[1;", "\u{1B}_G", "\u{1B}_G\u{1B}"])
  func aPartOfASequenceIsNotFinished(text: String) {
    #expect(!read(text).sequence.isFinished)
  }
}
