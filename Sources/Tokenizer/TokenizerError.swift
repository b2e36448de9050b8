/// An error: a vocabulary or a `tokenizer.json` cannot be used.
public struct TokenizerError: Error, Equatable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What is wrong; it completes a sentence that begins with the file.
  public let reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "Cannot use the tokenizer of \(path): \(reason)." }
}
