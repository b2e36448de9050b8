import Foundation
import SystemSupport
import TestSupport
import Testing
import Tokenizer

/// A tokenizer of 700 tokens compared with Hugging Face's `tokenizers`, and laws of encoding.
@Suite struct EncodingTests {
  /// A tokenizer of 700 tokens, without a token for the byte 0xFF.
  private func small() throws -> BytePairEncoding {
    try BytePairEncoding(jsonAt: GoldenFolder.url.appendingPathComponent("small-tokenizer.json"))
  }

  @Test func idsOfAwkwardTexts() throws {
    let encoding = try small()
    let golden = try GoldenTokens.read()
    #expect(encoding.count == 700 && golden.texts.count > 200)
    for text in golden.texts {
      let ids = encoding.encode(bytes: text.bytes, special: .recognized)
      #expect(ids == text.small, "\(String(decoding: text.bytes, as: UTF8.self).debugDescription)")
    }
  }

  /// 0xFF is in no UTF-8, so the token that is missing is never missed.
  @Test func decodingGivesTheTextBack() throws {
    let encoding = try small()
    for text in try GoldenTokens.read().texts {
      let whole = String(decoding: text.bytes, as: UTF8.self)
      let ids = encoding.encode(whole)
      #expect(encoding.decode(ids, special: .recognized) == whole, "\(whole.debugDescription)")
      var streamed = StreamedText(encoding)
      let parts = ids.map { streamed.append($0) } + [streamed.finish()]
      #expect(parts.joined() == whole, "streamed: \(whole.debugDescription)")
    }
  }

  /// Names of control tokens in a text are text, unless they are asked for.
  @Test func controlTokensAreNotFoundInATextOfSomebodyElse() throws {
    let encoding = try small()
    let end = try #require(encoding.id(named: "<|end|>"))
    #expect(!encoding.encode("x<|end|>y").contains(end))
    let found = encoding.encode("x<|end|>y", special: .recognized)
    #expect(found.contains(end) && encoding.isSpecial(end))
    #expect(encoding.decode(found) == "xy")
    #expect(encoding.decode(found, special: .recognized) == "x<|end|>y")
  }

  @Test func aCharacterAppearsWithItsLastByte() throws {
    let encoding = try small()
    var streamed = StreamedText(encoding)
    let bytes = Array("☃".utf8)
    let ids = try bytes.map { byte in
      try #require((0..<Int32(encoding.count)).first { encoding.bytes(of: $0) == [byte] })
    }
    #expect(ids.map { streamed.append($0) } == ["", "", "☃"])
    #expect(
      ids.prefix(2).map { streamed.append($0) } == ["", ""] && streamed.finish() == "\u{FFFD}")
    #expect(streamed.finish() == "")
  }

  @Test(.needs(program: "bible")) func idsOfABook() throws {
    let golden = try GoldenTokens.read().book
    let ids = try small().encode(try book(golden))
    #expect(ids.count == golden.small.count)
    #expect(GoldenTokens.checksum(ids) == golden.small.checksum)
  }

  private func book(_ golden: GoldenTokens.Book) throws -> String {
    let program = try Program(
      named: golden.command[0], arguments: Array(golden.command.dropFirst()))
    let text = try program.run().outputText
    #expect(text.utf8.count == golden.bytes)
    return text
  }

  /// A text without a space is one word. Ten times the length takes about ten times the time, not a
  /// hundred times.
  @Test(.timeLimit(.minutes(30)), arguments: ["a", "ab", "the", "é", "😀", " ", "'s", "1", "xq"])
  func timeIsLinear(part: String) throws {
    let encoding = try small()
    func seconds(_ count: Int) -> Double {
      let text = String(repeating: part, count: count / part.utf8.count)
      let clock = ContinuousClock()
      return (0..<3).map { _ in
        let time = clock.measure { #expect(!encoding.encode(text).isEmpty) }
        return Double(time.components.attoseconds) * 1e-18 + Double(time.components.seconds)
      }.min() ?? 0
    }
    let (short, long) = (seconds(100_000), seconds(1_000_000))
    // Half a second is for a machine that does something else in this moment.
    #expect(long < max(40 * short, 0.5), "\(long) s and \(short) s")
  }
}
