/// Reads one escape sequence of a terminal, byte by byte: an arrow key, or an answer to a query.
public struct EscapeSequence: Sendable {
  private enum State { case escape, control, single, string, stringEscape, finished }

  private var state = State.escape
  /// What has been read, from the escape character on.
  public private(set) var bytes: [UInt8] = [0x1B]

  /// Begins after the escape character.
  public init() {}

  /// Whether the sequence is complete.
  public var isFinished: Bool { state == .finished }

  /// Whether it is a terminal's answer to the query for its device attributes (DA1).
  public var isDeviceAttributes: Bool {
    isFinished && bytes.starts(with: [0x1B, UInt8(ascii: "["), UInt8(ascii: "?")])
      && bytes.last == UInt8(ascii: "c")
  }

  /// Adds a byte. Call it until `isFinished`.
  public mutating func add(_ byte: UInt8) {
    bytes.append(byte)
    switch state {
    case .escape:
      switch byte {
      case UInt8(ascii: "["): state = .control
      case UInt8(ascii: "O"): state = .single
      case UInt8(ascii: "_"), UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "^"),
        UInt8(ascii: "X"):
        state = .string
      default: state = .finished
      }
    case .control: if (0x40...0x7E).contains(byte) { state = .finished }
    case .single: state = .finished
    case .string: state = byte == 0x07 ? .finished : byte == 0x1B ? .stringEscape : .string
    case .stringEscape: state = byte == UInt8(ascii: "\\") ? .finished : .string
    case .finished: break
    }
  }
}
