import Foundation
import TestSupport
import Testing
import Tokenizer

/// Files that are no tokenizer, or another one: a sentence names what is wrong.
@Suite struct TokenizerFileTests {
  /// A `tokenizer.json` with three tokens.
  private static let plain = """
    {"added_tokens": [{"id": 3, "content": "<|x|>", "special": true}], "normalizer": null,
     "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
     "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}
    """

  @Test func aSmallFile() throws {
    let encoding = try BytePairEncoding(json: Data(Self.plain.utf8), path: "tokenizer.json")
    #expect(encoding.encode("ab<|x|>bab", special: .recognized) == [2, 3, 1, 2])
    // A byte without a token is left out; what is beside it is joined.
    #expect(encoding.encode("acb") == [2])
    let pairs = Self.plain.replacing("\"a b\"", with: "[\"a\", \"b\"]")
    #expect(try BytePairEncoding(json: Data(pairs.utf8), path: "").encode("ab") == [2])
  }

  @Test(
    arguments: [
      ("\"BPE\"", "\"Unigram\"", "'Unigram', not BPE"),
      ("{\"type\": \"ByteLevel\"", "{\"type\": \"Metaspace\"", "'Metaspace'"),
      ("\"add_prefix_space\": false", "\"add_prefix_space\": true", "adds a space"),
      ("\"normalizer\": null", "\"normalizer\": {\"type\": \"NFC\"}", "normalizes"),
      ("[\"a b\"]", "[\"a c\"]", "lacks one of them"), ("[\"a b\"]", "[\"a b c\"]", "not a pair"),
      ("[\"a b\"]", "[7]", "not a pair"), ("\"ab\": 2", "\"ab\": 5", "no token has the id 2"),
      ("\"ab\": 2", "\"ab\": -1", "not a number"), ("\"ab\": 2", "\"ab\": 1e300", "not a number"),
      ("\"id\": 3", "\"id\": 2", "lacks one of them"),
      ("\"special\": true", "\"special\": true, \"lstrip\": true", "'lstrip'"),
      ("\"merges\"", "\"byte_fallback\": true, \"merges\"", "byte_fallback"),
      ("\"merges\"", "\"dropout\": 0.1, \"merges\"", "'dropout'"),
      ("\"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 2}", "\"vocab\": []", "'vocab'"),
      ("\"model\"", "\"modal\"", "'vocab'"), ("{\"added", "[{\"added", "not a JSON object"),
    ] as [(String, String, String)])
  func whatIsRefused(part: String, replacement: String, reason: String) {
    let text = Self.plain.replacing(part, with: replacement, maxReplacements: 1)
    #expect(text != Self.plain)
    do throws(TokenizerError) {
      _ = try BytePairEncoding(json: Data(text.utf8), path: "tokenizer.json")
      Issue.record("no error for \(replacement)")
    } catch {
      #expect(error.description.contains(reason), "\(error)")
    }
  }

  @Test func filesThatCannotBeRead() {
    for url in [GoldenFolder.url, GoldenFolder.url.appendingPathComponent("missing.json")] {
      #expect(throws: TokenizerError.self) { try BytePairEncoding(jsonAt: url) }
    }
  }
}
