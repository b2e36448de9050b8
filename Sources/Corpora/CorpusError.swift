/// What can be wrong with a text, each with the way out in the sentence.
public enum CorpusError: Error, Equatable, CustomStringConvertible {
  /// The package that brings the text is not on this machine.
  case notInstalled(text: String, package: String)
  /// The package is there, but the file it lists is not.
  case leftOut(text: String, package: String, file: String)
  /// The whole sentence.
  case programFailed(String)
  case unexpectedOutput(program: String, reason: String)
  case unreadable(file: String, reason: String)
  case empty(file: String)
  /// A part of the text has not one sequence in it.
  case tooShort(text: String, partBytes: Int, neededBytes: Int)

  public var description: String {
    switch self {
    case .notInstalled(let text, let package):
      """
      The \(text) is not installed. Install it with `sudo apt-get install \(package)`, or give a \
      text of your own with --corpus FILE.
      """
    case .leftOut(let text, let package, let file):
      """
      The package of the \(text) is installed, but \(file) is not there: images for containers \
      often leave /usr/share/doc out. Take the line that excludes it from /etc/dpkg/dpkg.cfg.d and \
      run `sudo apt-get install --reinstall \(package)`, or give a text of your own with \
      --corpus FILE.
      """
    case .programFailed(let sentence): sentence
    case .unexpectedOutput(let program, let reason):
      "\(program) gave something else than expected: \(reason)."
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
