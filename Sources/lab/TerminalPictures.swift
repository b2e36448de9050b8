import Foundation
import LessonKit
import TerminalImages

extension ImageChoice {
  /// The protocol to draw with: the reader's choice, then the environment, then the terminal's own
  /// answer, then half blocks where colors allow. Off a terminal there is no picture.
  func method(on terminal: Terminal) -> ImageProtocol {
    guard terminal.isTerminal else { return .none }
    let environment = ProcessInfo.processInfo.environment
    switch self {
    case .kitty: return .kitty
    case .iterm: return .iterm
    case .sixel: return .sixel
    case .half: return .half
    case .none: return .none
    case .auto:
      if let known = ImageProtocol.known(from: environment) { return known }
      let answer = TerminalQuestion.ask(ImageProtocol.question, until: "c", within: 0.3) ?? ""
      return ImageProtocol.offered(in: answer) ?? .fallback(for: environment)
    }
  }
}

/// Asks the terminal something and reads its answer, without showing it.
enum TerminalQuestion {
  /// Nil where standard input or output is no terminal, or no answer comes in time.
  static func ask(_ question: String, until end: Character, within seconds: Double) -> String? {
    guard Terminal.standardOutput.isTerminal else { return nil }
    return RawInput.withKeys { input in
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
}

/// Standard input, key by key and without echo, until `end`.
///
/// Ctrl-C still interrupts. Whoever leaves in the middle calls `endAll`, so that the reader's shell
/// finds its terminal as it was.
final class RawInput {
  private var before = termios()
  private var hasEnded = false
  nonisolated(unsafe) private static weak var current: RawInput?

  /// Runs `body` with keys; nil where standard input is no terminal.
  static func withKeys<Result>(_ body: (RawInput) -> Result?) -> Result? {
    guard let input = RawInput() else { return nil }
    defer { input.end() }
    return body(input)
  }

  static func endAll() { current?.end() }

  /// Nil where standard input is no terminal.
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

  /// The next byte; nil where none comes in time, or the input has ended. Without a time it waits.
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
