import Foundation
import SystemSupport

extension BytePairEncoding {
  /// The tokenizer of a `tokenizer.json`, the file of Hugging Face's `tokenizers`: byte-level BPE with
  /// one of the known pre-tokenizers, without normalization.
  ///
  /// - Throws: `TokenizerError` for a file that is missing, damaged, or of another kind.
  public init(jsonAt url: URL) throws(TokenizerError) {
    let data: Data
    do throws(SystemError) {
      data = try RegularFile.read(url, byteLimit: Self.mostBytes, links: .followed)
    } catch {
      throw TokenizerError(path: url.path, reason: error.description)
    }
    try self.init(json: data, path: url.path)
  }

  /// A vocabulary of 300,000 tokens takes about 20 MiB.
  private static let mostBytes = 128 << 20

  /// The tokenizer of the bytes of a `tokenizer.json`; `path` is its name in errors.
  /// - Throws: `TokenizerError`.
  public init(json: Data, path: String) throws(TokenizerError) {
    try self.init(try TokenizerJSON(json, path).vocabulary(), path: path)
  }
}

/// The fields of a `tokenizer.json` that decide about the ids. Whatever would change them and is
/// not known is refused by its name.
private struct TokenizerJSON {
  private typealias Object = [String: Any]
  private let path: String
  private let root: Object

  init(_ data: Data, _ path: String) throws(TokenizerError) {
    self.path = path
    guard let root = (try? JSONSerialization.jsonObject(with: data)) as? Object else {
      throw TokenizerError(path: path, reason: "it is not a JSON object")
    }
    self.root = root
  }

  private func failure(_ reason: String) -> TokenizerError {
    TokenizerError(path: path, reason: reason)
  }

  func vocabulary() throws(TokenizerError) -> BytePairEncoding.Vocabulary {
    guard let model = root["model"] as? Object, let entries = model["vocab"] as? Object else {
      throw failure("it has no 'model' with a 'vocab'")
    }
    let type = model["type"] as? String ?? "none"
    guard type == "BPE" else { throw failure("its model is '\(type.prefix(40))', not BPE") }
    for name in ["dropout", "continuing_subword_prefix", "end_of_word_suffix"] {
      let value = model[name]
      guard value == nil || value is NSNull || value as? String == "" else {
        throw failure("its model has a '\(name)'")
      }
    }
    if model["byte_fallback"] as? Bool == true { throw failure("its model has 'byte_fallback'") }
    guard root["normalizer"] == nil || root["normalizer"] is NSNull else {
      throw failure("it normalizes the text")
    }
    let added = try addedTokens()
    var names: [Int: String] = [:]
    for (name, value) in entries {
      guard let id = Self.whole(value) else { throw failure("a token's id is not a number") }
      names[id] = name
    }
    for token in added { names[token.id] = token.name }
    var tokens: [String] = []
    for id in 0..<names.count {
      guard let name = names[id] else { throw failure("no token has the id \(id)") }
      tokens.append(name)
    }
    var result = BytePairEncoding.Vocabulary(
      tokens: tokens, merges: try merges(model), special: [], preTokenizer: try preTokenizer())
    result.ignoresMerges = model["ignore_merges"] as? Bool ?? false
    result.special = Set(added.filter(\.isSpecial).map { Int32($0.id) })
    result.userDefined = Set(added.filter { !$0.isSpecial }.map { Int32($0.id) })
    return result
  }

  /// A whole number from 0 to 2²⁴; nil for anything else.
  private static func whole(_ value: Any?) -> Int? {
    guard let number = value as? NSNumber, let found = Int(exactly: number.doubleValue),
      (0...1 << 24).contains(found)
    else { return nil }
    return found
  }

  private func addedTokens()
    throws(TokenizerError) -> [(id: Int, name: String, isSpecial: Bool)]
  {
    var result: [(id: Int, name: String, isSpecial: Bool)] = []
    for entry in root["added_tokens"] as? [Object] ?? [] {
      guard let name = entry["content"] as? String, let id = Self.whole(entry["id"]) else {
        throw failure("an added token has no name or no id")
      }
      for field in ["lstrip", "rstrip", "single_word"] where entry[field] as? Bool == true {
        throw failure("the added token '\(name.prefix(40))' has '\(field)'")
      }
      result.append((id, name, entry["special"] as? Bool ?? false))
    }
    return result
  }

  /// Merges as "left right" or as a pair.
  private func merges(_ model: Object) throws(TokenizerError) -> [(left: String, right: String)] {
    guard let list = model["merges"] as? [Any] else { throw failure("its model has no 'merges'") }
    var result: [(left: String, right: String)] = []
    for (index, entry) in list.enumerated() {
      let parts =
        (entry as? String)?.split(separator: " ", omittingEmptySubsequences: false)
        .map(String.init) ?? entry as? [String] ?? []
      guard parts.count == 2 else { throw failure("merge \(index + 1) is not a pair") }
      result.append((parts[0], parts[1]))
    }
    return result
  }

  private func preTokenizer() throws(TokenizerError) -> PreTokenizer {
    guard let outer = root["pre_tokenizer"] as? Object else {
      throw failure("it has no 'pre_tokenizer'")
    }
    let parts =
      outer["type"] as? String == "Sequence"
      ? outer["pretokenizers"] as? [Object] ?? [] : [outer]
    let types = parts.map { $0["type"] as? String ?? "none" }
    guard let last = parts.last, types == ["ByteLevel"] || types == ["Digits", "ByteLevel"] else {
      throw failure("its pre-tokenizer is '\(types.joined(separator: ", ").prefix(80))'")
    }
    guard last["add_prefix_space"] as? Bool == false, last["use_regex"] as? Bool ?? true else {
      throw failure("its pre-tokenizer ByteLevel adds a space, or does not cut words")
    }
    guard types.count == 2 else { return .gpt2 }
    guard parts[0]["individual_digits"] as? Bool == true else {
      throw failure("its pre-tokenizer Digits does not cut between digits")
    }
    return .smollm
  }
}
