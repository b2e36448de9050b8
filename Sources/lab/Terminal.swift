import Foundation
import LessonKit

/// A standard stream and what it can show.
struct Terminal: Sendable {
  let descriptor: Int32

  static let standardOutput = Terminal(descriptor: STDOUT_FILENO)
  static let standardError = Terminal(descriptor: STDERR_FILENO)

  var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Why a stream did not take everything; nil where it did, or where its reader had enough and
  /// closed the pipe.
  static var outputTrouble: String? { trouble.sentence }

  private static let trouble = OutputTrouble()

  /// Writes at once, past any buffer, so that a reader and a pipe see it as it comes.
  func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno != EINTR {
        Self.trouble.note(errno)
        return
      }
    }
  }

  /// Color where the stream is a terminal, unless NO_COLOR, TERM=dumb or the reader says no.
  func style(noColor: Bool) -> TerminalStyle {
    let environment = ProcessInfo.processInfo.environment
    let refused = noColor || environment["NO_COLOR"]?.isEmpty == false
    let isDumb = environment["TERM"] == "dumb"
    return TerminalStyle(
      isColored: isTerminal && !refused && !isDumb, width: width,
      linksFiles: isTerminal && !isDumb)
  }

  /// Whether a line may be drawn again in place.
  var canAnimate: Bool {
    isTerminal && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  private var width: Int {
    var size = winsize()
    guard isTerminal, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return 80
    }
    return Int(size.ws_col)
  }
}

/// The first error of writing to a stream.
private final class OutputTrouble: @unchecked Sendable {
  private let lock = NSLock()
  private var code: Int32 = 0

  func note(_ error: Int32) {
    lock.withLock { if code == 0 { code = error } }
  }

  var sentence: String? {
    let code = lock.withLock { self.code }
    guard code != 0, code != EPIPE else { return nil }
    return "Not everything could be written out: \(String(cString: strerror(code))). "
      + "Make room where the output goes, or send it elsewhere."
  }
}
