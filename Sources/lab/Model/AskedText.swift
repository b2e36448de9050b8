import Foundation
import LessonKit
import PublishedModel
import SystemSupport

/// The reader's text and question, and the tokens that the model reads.
struct AskedText {
  let text: String
  let question: String

  private static let mostBytes = 256 << 20

  /// A text file.
  /// - Throws: `NoSuchInput`, `UnusableModel` for a file that is empty or no text, `SystemError`.
  static func read(_ path: String) throws -> String {
    guard FileManager.default.fileExists(atPath: path) else { throw NoSuchInput(path: path) }
    let data: Data
    do throws(SystemError) {
      data = try RegularFile.read(
        URL(fileURLWithPath: path), byteLimit: mostBytes, links: .followed)
    } catch {
      throw UnreadableText(path: path, reason: error.description)
    }
    guard !data.contains(0), let text = String(bytes: data, encoding: .utf8) else {
      throw UnusableModel(
        reason: "\(path) is not a text: it is not UTF-8. Convert it to a text file first.")
    }
    guard text.contains(where: { !$0.isWhitespace }) else {
      throw UnusableModel(reason: "\(path) is empty. Name a file with some text.")
    }
    return text
  }

  /// The tokens of the prompt, and what was left out of the text.
  /// - Throws: `UnusableModel` without a chat template, `TextTooLong`.
  func prompt(
    for model: PublishedModel, _ how: ReadingMethod, answerTokens: Int
  ) throws -> (ids: [Int32], note: String?) {
    guard let chat = model.chat else {
      throw UnusableModel(
        reason: "\(model.path) has no chat template that is known here (ChatML), so it cannot be "
          + "asked. Use a model that was trained for chats.")
    }
    func ids(_ text: String) -> [Int32] {
      chat.prompt(user: "\(text)\n\n\(question)", model.encoding)
    }
    let room = model.configuration.trainedContext - answerTokens
    let whole = ids(text)
    guard whole.count > room else { return (whole, nil) }
    let needed = TextTooLong(
      tokens: whole.count, window: model.configuration.trainedContext, answer: answerTokens)
    let textIds = model.encoding.encode(text)
    // What the question and the marks take.
    var kept = room - (whole.count - textIds.count)
    guard how == .truncated, kept > 0 else { throw needed }
    while kept > 0 {
      let shortened = ids(model.encoding.decode(textIds.suffix(kept), special: .recognized))
      // Cut in another place, a text may have a few tokens more.
      guard shortened.count > room else {
        let left = textIds.count - kept
        return (
          shortened,
          "The first \(left.formatted()) of \(textIds.count.formatted()) tokens of the text are left "
            + "out (--how truncated)."
        )
      }
      kept -= shortened.count - room
    }
    throw needed
  }
}

/// A file cannot be read: exit code 74.
struct UnreadableText: Error, CustomStringConvertible {
  let path, reason: String
  var description: String { "\(path) cannot be read: \(reason)." }
}

/// The text does not fit into the window: exit code 65.
struct TextTooLong: Error, CustomStringConvertible {
  let tokens, window, answer: Int

  var description: String {
    "The text and the question have \(tokens.formatted()) tokens. The model was trained on "
      + "\(window.formatted()), of which \(answer.formatted()) are for the answer (--tokens). Shorten "
      + "the text, ask for a shorter answer, or read only the end of the text: --how truncated."
  }
}

/// The model and its cache need more memory than this process may use: exit code 75.
struct ModelTooLarge: Error, CustomStringConvertible {
  let needed, allowed: Int

  /// Bytes of everything else: the workspace of a piece of the prefill, and the program.
  private static let other = 400 << 20

  static func check(_ model: PublishedModel, capacity: Int) throws(ModelTooLarge) {
    let needed = model.weightBytes + capacity * model.configuration.cacheBytesPerToken + other
    let allowed = HostLimits.current.memory.amount
    if needed > allowed { throw ModelTooLarge(needed: needed, allowed: allowed) }
  }

  var description: String {
    "The model and its cache need \(Quantity.bytes.text(Double(needed))) of memory, and this process "
      + "may use \(Quantity.bytes.text(Double(allowed))). Use a smaller model or a shorter text."
  }
}
