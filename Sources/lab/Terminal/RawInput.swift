import Foundation

/// Standard input, key by key and without echo, until `end`.
///
/// Ctrl-C still interrupts. Code that exits in the middle must call `endAll`, so that the shell
/// gets its terminal settings back.
final class RawInput {
  private var before = termios()
  private var hasEnded = false
  nonisolated(unsafe) private static weak var current: RawInput?

  /// Runs `body` with keys. Returns nil if standard input is not a terminal.
  static func withKeys<Result>(_ body: (RawInput) -> Result?) -> Result? {
    guard let input = RawInput() else { return nil }
    defer { input.end() }
    return body(input)
  }

  /// Sends a query to the terminal and reads its answer, up to the character `end`.
  ///
  /// Returns nil if standard input or output is not a terminal, or if no answer arrives in time.
  static func ask(_ question: String, until end: Character, within seconds: Double) -> String? {
    guard Terminal.standardOutput.isTerminal else { return nil }
    return withKeys { input in
      Terminal.standardOutput.write(question)
      var answer = ""
      let deadline = Date().addingTimeInterval(seconds)
      while let byte = input.byte(within: deadline.timeIntervalSinceNow) {
        answer.unicodeScalars.append(UnicodeScalar(byte))
        if answer.last == end, answer.contains("\u{1B}[?") { break }
      }
      return answer.isEmpty ? nil : answer
    }
  }

  static func endAll() { current?.end() }

  /// Nil if standard input is not a terminal.
  init?() {
    guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &before) == 0 else { return nil }
    var raw = before
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
    tcsetattr(STDIN_FILENO, TCSANOW, &raw)
    Self.current = self
  }

  deinit { end() }

  func end() {
    guard !hasEnded else { return }
    hasEnded = true
    tcsetattr(STDIN_FILENO, TCSANOW, &before)
  }

  /// The next byte. Waits at most `seconds`, or without limit if `seconds` is nil.
  ///
  /// Returns nil if no byte arrives in time, or at the end of the input.
  func byte(within seconds: Double? = nil) -> UInt8? {
    var watched = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    let milliseconds = seconds.map { Int32(max(0, $0) * 1000) } ?? -1
    while true {
      let answer = poll(&watched, 1, milliseconds)
      if answer > 0 { break }
      if answer == 0 || errno != EINTR { return nil }
    }
    var byte: UInt8 = 0
    return read(STDIN_FILENO, &byte, 1) == 1 ? byte : nil
  }
}
