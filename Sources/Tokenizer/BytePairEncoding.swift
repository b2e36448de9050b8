/// Byte-level byte-pair encoding (Sennrich et al., 2016; Radford et al., 2019): texts to token ids
/// and back, as Hugging Face's `tokenizers` does it.
///
/// A text is cut into words by a `PreTokenizer`. The bytes of a word are its first symbols, and
/// pairs are joined in the order of the merges. So every text has ids, and decoding gives it back,
/// if the vocabulary has all 256 bytes. A byte that it lacks is left out, as by the models' own
/// tokenizers.
public struct BytePairEncoding: Sendable {
  /// What a file says about a tokenizer.
  public struct Vocabulary: Sendable {
    /// The tokens by id, in the alphabet of bytes; special ones are plain text.
    public var tokens: [String]
    /// Pairs of tokens, in the order in which they are joined.
    public var merges: [(left: String, right: String)]
    /// Ids of control tokens such as `<|im_start|>`, found in a text only where this is asked for.
    public var special: Set<Int32>
    /// Ids of other tokens that are found in every text before it is cut.
    public var userDefined: Set<Int32> = []
    public var preTokenizer: PreTokenizer
    /// Whether a word that is in the vocabulary is one token, whatever the merges say.
    public var ignoresMerges = false

    public init(
      tokens: [String], merges: [(left: String, right: String)], special: Set<Int32>,
      preTokenizer: PreTokenizer
    ) {
      self.tokens = tokens
      self.merges = merges
      self.special = special
      self.preTokenizer = preTokenizer
    }
  }

  /// Whether names of control tokens in a text become these tokens.
  public enum SpecialTokens: Sendable {
    /// They are text like any other. For every text that somebody else wrote.
    case asText
    /// They become control tokens. For chat templates.
    case recognized
  }

  /// The number of tokens.
  public var count: Int { tokenStarts.count - 1 }
  let preTokenizer: PreTokenizer
  private let merges: MergeTable
  /// The token of each byte; −1 if there is none.
  private let byteTokens: [Int32]
  /// The bytes of all tokens, one after another.
  private let tokenBytes: [UInt8]
  private let tokenStarts: [Int]
  private let special: Set<Int32>
  private let namedTokens: NamedTokens
  private let userTokens: NamedTokens
  /// Tokens by their bytes, if whole words are looked up.
  private let words: [[UInt8]: Int32]?
  /// Ids by name, for `id(named:)`.
  private let ids: [[UInt8]: Int32]

  /// - Parameters:
  ///   - vocabulary: the tokens and merges.
  ///   - path: the file's name, for errors.
  /// - Complexity: O(bytes of the vocabulary).
  /// - Throws: `TokenizerError` if a token occurs twice, or a merge names one that does not exist.
  public init(_ vocabulary: Vocabulary, path: String) throws(TokenizerError) {
    func failure(_ reason: String) -> TokenizerError { TokenizerError(path: path, reason: reason) }
    guard !vocabulary.tokens.isEmpty, vocabulary.tokens.count <= 1 << 24 else {
      throw failure("it has \(vocabulary.tokens.count) tokens")
    }
    var ids: [[UInt8]: Int32] = [:]
    ids.reserveCapacity(vocabulary.tokens.count)
    var (bytes, starts): ([UInt8], [Int]) = ([], [0])
    let named = vocabulary.special.union(vocabulary.userDefined)
    for (index, token) in vocabulary.tokens.enumerated() {
      let id = Int32(index)
      guard ids.updateValue(id, forKey: Array(token.utf8)) == nil else {
        throw failure("the token '\(token.prefix(40))' occurs twice in its vocabulary")
      }
      bytes += named.contains(id) ? Array(token.utf8) : ByteLetters.bytes(of: token)
      starts.append(bytes.count)
    }
    var table = MergeTable(count: vocabulary.merges.count)
    for (rank, pair) in vocabulary.merges.enumerated() {
      guard let left = ids[Array(pair.left.utf8)], let right = ids[Array(pair.right.utf8)],
        let joined = ids[Array(pair.left.utf8) + Array(pair.right.utf8)]
      else {
        throw failure(
          "merge \(rank + 1) joins '\(pair.left.prefix(40))' and '\(pair.right.prefix(40))', and "
            + "its vocabulary lacks one of them or the result")
      }
      table[left, right] = MergeTable.Merge(rank: UInt32(rank), token: joined)
    }
    merges = table
    byteTokens = ByteLetters.letters.map { ids[Array(String($0).utf8)] ?? -1 }
    guard byteTokens.contains(where: { $0 >= 0 }) else {
      throw failure("its vocabulary has no token of a single byte")
    }
    (tokenBytes, tokenStarts, self.ids) = (bytes, starts, ids)
    (special, preTokenizer) = (vocabulary.special, vocabulary.preTokenizer)
    namedTokens = NamedTokens(vocabulary, named)
    userTokens = NamedTokens(vocabulary, vocabulary.userDefined)
    words =
      vocabulary.ignoresMerges
      ? Dictionary(
        vocabulary.tokens.enumerated().lazy.map {
          (ByteLetters.bytes(of: $0.element), Int32($0.offset))
        }, uniquingKeysWith: { first, _ in first }) : nil
  }

  // MARK: Encoding

  /// The ids of a text.
  /// - Complexity: O(n) for words of any ordinary length, O(n log n) for a text that is one word.
  public func encode(_ text: String, special: SpecialTokens = .asText) -> [Int32] {
    var text = text
    return text.withUTF8 { encode(utf8: $0, special) }
  }

  /// The ids of bytes that should be UTF-8. An invalid sequence becomes U+FFFD.
  public func encode(bytes: some Collection<UInt8>, special: SpecialTokens = .asText) -> [Int32] {
    encode(String(decoding: bytes, as: UTF8.self), special: special)
  }

  private func encode(
    utf8 text: UnsafeBufferPointer<UInt8>, _ special: SpecialTokens
  ) -> [Int32] {
    let named = special == .recognized ? namedTokens : userTokens
    var result: [Int32] = []
    var work = (merger: WordMerger(merges), cache: WordCache(textLength: text.count))
    result.reserveCapacity(text.count / 3)
    var start = 0
    named.forEachMatch(in: text) { range, id in
      encode(UnsafeBufferPointer(rebasing: text[start..<range.lowerBound]), &work, &result)
      result.append(id)
      start = range.upperBound
    }
    encode(UnsafeBufferPointer(rebasing: text[start...]), &work, &result)
    return result
  }

  private func encode(
    _ text: UnsafeBufferPointer<UInt8>, _ work: inout (merger: WordMerger, cache: WordCache),
    _ result: inout [Int32]
  ) {
    preTokenizer.forEachWord(in: text) { range in
      let word = UnsafeBufferPointer(rebasing: text[range])
      work.cache.append(word, to: &result) { result in
        if let words, let id = words[Array(word)] {
          result.append(id)
        } else {
          work.merger.merge(word.lazy.map { byteTokens[Int($0)] }.filter { $0 >= 0 }, into: &result)
        }
      }
    }
  }

  // MARK: Decoding

  /// The bytes of a token; none for an id that does not exist. Those of several tokens together are
  /// UTF-8, those of one may be a part of a character.
  public func bytes(of id: Int32) -> ArraySlice<UInt8> {
    guard id >= 0, id < count else { return [] }
    return tokenBytes[tokenStarts[Int(id)]..<tokenStarts[Int(id) + 1]]
  }

  /// The text of some tokens. Control tokens are left out with `.asText`, and written by name with
  /// `.recognized`.
  public func decode(_ ids: some Sequence<Int32>, special: SpecialTokens = .asText) -> String {
    var bytes: [UInt8] = []
    for id in ids where special == .recognized || !isSpecial(id) { bytes += self.bytes(of: id) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether a token is a control token.
  public func isSpecial(_ id: Int32) -> Bool { special.contains(id) }

  /// The id of a token by its name in the vocabulary, such as `<|im_end|>`.
  public func id(named name: String) -> Int32? { ids[Array(name.utf8)] }
}
