import CSystem
import Foundation

/// Standard input in single-key mode: key by key, without echo, until `end`.
///
/// Ctrl-C still interrupts. The former settings come back when a signal ends or stops the program,
/// also when it crashes; single-key mode comes back when it is continued. Code that exits in the
/// middle must call `endAll`.
public final class TerminalKeys {
  /// What arrived.
  public enum Event: Equatable, Sendable {
    case key(UInt8)
    case arrow(Arrow)
    /// The terminal has another size now.
    case resized
    /// The program goes on after Ctrl-Z, and the screen shows the shell's text.
    case continued
  }

  /// A key that sends an escape sequence. A presenter's remote sends these or the Page keys.
  public enum Arrow: Equatable, Sendable {
    case up, down, left, right, pageUp, pageDown, home, end

    /// Nil if the bytes are another sequence.
    public init?(_ sequence: EscapeSequence) {
      guard sequence.isFinished, let last = sequence.bytes.last else { return nil }
      let inside = sequence.bytes.dropFirst(2).dropLast()
      switch (last, String(decoding: inside, as: UTF8.self)) {
      case (UInt8(ascii: "A"), ""): self = .up
      case (UInt8(ascii: "B"), ""): self = .down
      case (UInt8(ascii: "C"), ""): self = .right
      case (UInt8(ascii: "D"), ""): self = .left
      case (UInt8(ascii: "H"), ""), (UInt8(ascii: "~"), "1"), (UInt8(ascii: "~"), "7"):
        self = .home
      case (UInt8(ascii: "F"), ""), (UInt8(ascii: "~"), "4"), (UInt8(ascii: "~"), "8"):
        self = .end
      case (UInt8(ascii: "~"), "5"): self = .pageUp
      case (UInt8(ascii: "~"), "6"): self = .pageDown
      default: return nil
      }
    }
  }

  /// When a query was sent that has not been answered; the terminal may answer later.
  nonisolated(unsafe) private static var unanswered: ContinuousClock.Instant?
  /// Longer than an answer over a slow network takes.
  private static let patience = 3.0

  /// Nil if standard input is not a terminal or is in single-key mode already.
  public init?() {
    guard lclBeginKeys() else { return nil }
  }

  deinit { end() }

  /// Restores the former settings.
  public func end() { lclEndKeys() }

  /// Shows the terminal's second screen until `end`. Then the first one is as it was.
  public func beginScreen() { lclBeginScreen() }

  /// The keys that were pressed and not read yet, without waiting.
  public func pressed() -> [Event] {
    var events: [Event] = []
    while true {
      switch arrival(before: .now) {
      case .nothing: return events
      case .continued: events.append(.continued)
      case .resized: events.append(.resized)
      case .byte(0x1B): if let arrow = Arrow(readSequence()) { events.append(.arrow(arrow)) }
      case .byte(let byte): events.append(.key(byte))
      }
    }
  }

  /// Runs `body` with keys. Returns nil if standard input is not a terminal.
  public static func with<Result>(_ body: (TerminalKeys) -> Result?) -> Result? {
    guard let keys = TerminalKeys() else { return nil }
    defer { keys.end() }
    return body(keys)
  }

  /// Lets Ctrl-\ end this program, as it ends others. Swift's runtime takes it for a crash and asks at
  /// the terminal what to do.
  public static func quitAsUsual() { lclQuitAsUsual() }

  /// Ends single-key mode on the way out of the program. If the terminal has not answered yet, waits
  /// for the answer and drops it, because the shell would take it for typed text.
  public static func endAll() {
    lclEndKeys()
    guard let asked = unanswered else { return }
    _ = with { keys in keys.answer(before: asked + .seconds(patience)) }
    unanswered = nil
  }

  /// Reads the answer to a query that ends with a query for the device attributes, which the caller
  /// has just sent. Every terminal answers it.
  ///
  /// Returns what arrived within `seconds`. An answer that arrives later is dropped when a key is
  /// read and in `endAll`.
  public func answer(within seconds: Double) -> String {
    Self.unanswered = .now
    return answer(before: .now + .seconds(seconds))
  }

  private func answer(before deadline: ContinuousClock.Instant) -> String {
    var (answer, sequence): ([UInt8], EscapeSequence?) = ([], nil)
    reading: while true {
      switch arrival(before: deadline) {
      case .nothing: break reading
      case .continued, .resized: continue
      case .byte(let byte):
        answer.append(byte)
        if sequence?.isFinished ?? true {
          sequence = byte == 0x1B ? EscapeSequence() : nil
        } else {
          sequence?.add(byte)
        }
        guard sequence?.isDeviceAttributes == true else { continue }
        Self.unanswered = nil
        break reading
      }
    }
    return String(decoding: answer, as: UTF8.self)
  }

  /// Waits for the next key, and skips other escape sequences: function keys, and a late answer to a
  /// query. Returns nil at the end of the input.
  public func next() -> Event? {
    while true {
      switch arrival(before: nil) {
      case .nothing: return nil
      case .continued: return .continued
      case .resized: return .resized
      case .byte(0x1B): if let arrow = Arrow(readSequence()) { return .arrow(arrow) }
      case .byte(let byte): return .key(byte)
      }
    }
  }

  /// Waits for the next key, as `next`, but not longer than `seconds`. Nil if there was none, also at
  /// the end of the input.
  public func next(within seconds: Double) -> Event? {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
      switch arrival(before: deadline) {
      case .nothing:
        // At the end of the input there is nothing to wait for; the caller's loop must not spin.
        while ContinuousClock.now < deadline { usleep(5_000) }
        return nil
      case .continued: return .continued
      case .resized: return .resized
      case .byte(0x1B): if let arrow = Arrow(readSequence()) { return .arrow(arrow) }
      case .byte(let byte): return .key(byte)
      }
    }
  }

  /// Reads the rest of an escape sequence. Nothing follows if the key was Escape itself.
  private func readSequence() -> EscapeSequence {
    var sequence = EscapeSequence()
    while !sequence.isFinished, case .byte(let byte) = arrival(before: .now + .seconds(0.05)) {
      sequence.add(byte)
    }
    if sequence.isDeviceAttributes { Self.unanswered = nil }
    return sequence
  }

  private enum Arrival {
    case byte(UInt8)
    case continued, resized
    /// The time is over, or the input has ended.
    case nothing
  }

  private func arrival(before deadline: ContinuousClock.Instant?) -> Arrival {
    var watched = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    while true {
      let left = deadline.map {
        Int32(max(0, (ContinuousClock.now.duration(to: $0)) / .milliseconds(1)))
      }
      // In slices: a signal that arrives just before `poll` does not interrupt it.
      let ready = poll(&watched, 1, min(left ?? .max, 500))
      if lclWasContinued() { return .continued }
      if lclWasResized() { return .resized }
      if ready == 0 {
        if let deadline, ContinuousClock.now >= deadline { return .nothing }
        continue
      }
      if ready < 0 {
        guard errno == EINTR else { return .nothing }
        continue
      }
      var byte: UInt8 = 0
      let count = read(STDIN_FILENO, &byte, 1)
      if count == 1 { return .byte(byte) }
      guard count < 0, errno == EINTR || errno == EAGAIN else { return .nothing }
    }
  }
}
