/// An error of reading a text. Each description says what to do.
public enum CorpusError: Error, Equatable, CustomStringConvertible {
  /// The package of the text is not installed.
  case notInstalled(text: String, package: String)
  /// The program that prints the text failed; the whole message.
  case programFailed(String)
  case unexpectedOutput(program: String, reason: String)
  case unreadable(file: String, reason: String)
  case empty(file: String)
  /// A part of the text is shorter than one sequence.
  case tooShort(text: String, partBytes: Int, neededBytes: Int)

  public var description: String {
    switch self {
    case .notInstalled(let text, let package):
      """
      The \(text) is not installed. Install it with `sudo apt-get install \(package)`, or give a \
      text of your own with --corpus FILE.
      """
    case .programFailed(let sentence): sentence
    case .unexpectedOutput(let program, let reason):
      "\(program) printed unexpected output: \(reason)."
    case .unreadable(let file, let reason):
      "\(file) cannot be read: \(reason). Give another text with --corpus FILE."
    case .empty(let file):
      "\(file) is empty. Give a text with --corpus FILE."
    case .tooShort(let text, let partBytes, let neededBytes):
      """
      \(text) is too short: the part used here has \(partBytes) bytes, and one sequence \
      takes \(neededBytes). Give a longer text with --corpus FILE, or choose a smaller scale.
      """
    }
  }
}
