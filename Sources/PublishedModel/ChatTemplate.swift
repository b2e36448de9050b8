import Tokenizer

/// How a conversation is written for a model that was trained on ChatML: each message between
/// `<|im_start|>` with the speaker's role and `<|im_end|>`.
public struct ChatTemplate: Sendable {
  /// What the system says if nothing else is given; nil for no such message.
  public let systemText: String?
  private let start: Int32
  private let end: Int32

  /// The template of a file; nil if it is not ChatML.
  ///
  /// Templates are programs (Jinja). This one is recognized by its marks, and the text of the system
  /// is the literal that it contains.
  init?(jinja: String, _ encoding: BytePairEncoding) {
    guard jinja.contains(Self.startName), let start = encoding.id(named: Self.startName),
      let end = encoding.id(named: Self.endName)
    else { return nil }
    (self.start, self.end) = (start, end)
    let system = Self.startName + "system\\n"
    let literal = jinja.replacing("\n", with: "\\n")
    if let range = literal.firstRange(of: system),
      let close = literal[range.upperBound...].firstRange(of: Self.endName)
    {
      let text = literal[range.upperBound..<close.lowerBound].replacing("\\n", with: "\n")
      // Where the message comes from a variable, there is no literal.
      systemText = text.contains("'") || text.contains("{") ? nil : String(text)
    } else {
      systemText = nil
    }
  }

  private static let (startName, endName) = ("<|im_start|>", "<|im_end|>")

  /// The tokens of one message, and the beginning of the answer.
  ///
  /// Marks inside the message are text, so that a text cannot speak in another role.
  public func prompt(user message: String, _ encoding: BytePairEncoding) -> [Int32] {
    var result: [Int32] = []
    let newline = encoding.encode("\n")
    for (role, text) in [("system", systemText), ("user", message)] {
      guard let text else { continue }
      result += [start] + encoding.encode("\(role)\n\(text)") + [end] + newline
    }
    return result + [start] + encoding.encode("assistant\n")
  }
}
