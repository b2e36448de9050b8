/// Every byte is a token: nothing to learn, nothing out of vocabulary, any file will do.
public struct ByteTokenizer: Sendable {
  public let vocabularyCount = 256

  public init() {}

  /// The UTF-8 bytes of a text.
  public func encode(_ text: String) -> [Int32] {
    encode(text.utf8)
  }

  public func encode(_ bytes: some Sequence<UInt8>) -> [Int32] {
    bytes.map(Int32.init)
  }

  /// - Precondition: every token is in 0 ..< 256.
  public func bytes(_ tokens: some Sequence<Int32>) -> [UInt8] {
    tokens.map { token in
      precondition(0 <= token && token < 256, "token \(token) is no byte")
      return UInt8(token)
    }
  }

  /// For the eye: bytes that are no UTF-8 become the replacement character, so that encoding the
  /// result may give other tokens. A model that stops inside a character is shown, not refused.
  /// - Precondition: every token is in 0 ..< 256.
  public func decode(_ tokens: some Sequence<Int32>) -> String {
    String(decoding: bytes(tokens), as: UTF8.self)
  }
}
