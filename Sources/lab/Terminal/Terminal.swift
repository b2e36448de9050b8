import Foundation
import LessonKit
import SystemSupport

/// A standard stream and what it can show.
struct Terminal: Sendable {
  let descriptor: Int32

  static let standardOutput = Terminal(descriptor: STDOUT_FILENO)
  static let standardError = Terminal(descriptor: STDERR_FILENO)

  var isTerminal: Bool { isatty(descriptor) == 1 }

  private static let firstError = FirstError()

  /// Checks that all output was written to both streams.
  /// - Throws: `OutputError` if one did not. A pipe that its reader closes early is not an error.
  static func checkOutput() throws(OutputError) {
    if let code = firstError.code, code != EPIPE { throw OutputError(code: code) }
  }

  /// Opens `/dev/null` for each standard stream that the caller has closed. Otherwise the next file
  /// that is opened would get its descriptor, and text would be written into that file. Writing to
  /// a closed output still fails.
  static func reserveClosedDescriptors() {
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
      // `open` returns the lowest free descriptor, which is this one.
      _ = open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes text at once, without a buffer. Control characters other than line breaks, tabs and
  /// `lab`'s own colors and links become visible: they can only come from a text of somebody else.
  func write(_ text: String) { writeCodes(TerminalCode.onlyOwn(text)) }

  /// Writes text as it is: a picture, a query, or a page that is safe already.
  ///
  /// A full pipe is waited for, also if it is set not to block, as a program that shares it may do.
  func writeCodes(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno == EAGAIN || errno == EWOULDBLOCK {
        var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&watched, 1, -1)
      } else if errno != EINTR {
        Self.firstError.note(errno)
        return
      }
    }
  }

  /// Writes `lab: ` and a message. At a terminal, sentences that are too wide are wrapped; indented
  /// lines, such as those of a log or a command, are not. All lines after the first are indented, so
  /// that a line break in a name looks like no message of its own.
  func writeMessage(_ text: String) {
    let parts = text.terminalLines.components(separatedBy: "\n")
    let lines = parts.enumerated().map { index, part in
      if index == 0 { return wrapped("lab: " + part) }
      return part.isEmpty || part.hasPrefix(" ") ? part : "  " + wrapped(part)
    }
    write(lines.joined(separator: "\n") + "\n")
  }

  private func wrapped(_ line: String) -> String {
    let style = style(noColor: true)
    let isTooWide = isTerminal && line.terminalColumns > style.width
    return isTooWide ? style.paragraph(line) : line
  }

  /// In color if the stream is a terminal, except with NO_COLOR, TERM=dumb or `noColor`.
  func style(noColor: Bool) -> TerminalStyle {
    let environment = ProcessInfo.processInfo.environment
    let isRefused = noColor || environment["NO_COLOR"]?.isEmpty == false
    let isDumb = environment["TERM"] == "dumb"
    return TerminalStyle(
      isColored: isTerminal && !isRefused && !isDumb, width: size.columns,
      linksFiles: isTerminal && !isDumb)
  }

  /// Whether a line can be drawn again in place.
  var canAnimate: Bool {
    isTerminal && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// Columns and rows; 80 and 24 where they are not known.
  var size: (columns: Int, rows: Int) {
    var size = winsize()
    guard isTerminal, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { return (80, 24) }
    return (size.ws_col > 0 ? Int(size.ws_col) : 80, size.ws_row > 0 ? Int(size.ws_row) : 24)
  }
}

extension TerminalStyle {
  /// A text wrapped to this width.
  func paragraph(_ text: String, indent: String = "") -> String {
    self.text(text, indent: indent)
  }
}

/// The output could not be written completely.
struct OutputError: Error, CustomStringConvertible {
  /// The value of `errno`.
  let code: Int32

  var description: String {
    "The output is not complete: \(String(cString: strerror(code))). Free some space, or send the "
      + "output elsewhere."
  }
}

/// The first error of writing to a stream.
private final class FirstError: @unchecked Sendable {
  private let lock = NSLock()
  private var noted: Int32?

  func note(_ error: Int32) {
    lock.withLock { if noted == nil { noted = error } }
  }

  var code: Int32? { lock.withLock { noted } }
}
