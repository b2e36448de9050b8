import Foundation

/// The process that a run is computed by, so that one which was killed can be told from one that
/// still computes.
public struct RunProcess: Codable, Equatable, Sendable {
  /// The machine's own name: on another, the number means nothing.
  public var machine: String
  public var number: Int32
  /// When it began, as the system counts it: a number alone may belong to a later process.
  public var began: String

  public init(machine: String, number: Int32, began: String) {
    self.machine = machine
    self.number = number
    self.began = began
  }

  /// This one; nil where the system does not tell.
  static var current: RunProcess? {
    let number = ProcessInfo.processInfo.processIdentifier
    guard let machine = machineName, let began = beginning(of: number) else { return nil }
    return RunProcess(machine: machine, number: number, began: began)
  }

  /// Whether it still lives; nil where that cannot be asked from here.
  var isAlive: Bool? {
    guard machine == Self.machineName else { return nil }
    return Self.beginning(of: number) == began
  }

  /// The name of this machine, without asking the network for it.
  static var machineName: String? {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return nil }
    return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  #if os(Linux)
    /// The 22nd field of /proc/N/stat, in ticks since the machine began. The second, the program's
    /// name in parentheses, may hold spaces, so fields are counted from behind it.
    private static func beginning(of number: Int32) -> String? {
      guard let data = FileManager.default.contents(atPath: "/proc/\(number)/stat"),
        let fields = String(decoding: data, as: UTF8.self).split(separator: ")").last?
          .split(separator: " "),
        fields.count > 19, fields[0] != "Z"
      else { return nil }
      return String(fields[19])
    }
  #else
    private static func beginning(of number: Int32) -> String? {
      var facts = kinfo_proc()
      var size = MemoryLayout<kinfo_proc>.stride
      var name = [CTL_KERN, KERN_PROC, KERN_PROC_PID, number]
      guard sysctl(&name, UInt32(name.count), &facts, &size, nil, 0) == 0, size > 0 else {
        return nil
      }
      let began = facts.kp_proc.p_un.__p_starttime
      return "\(began.tv_sec).\(began.tv_usec)"
    }
  #endif
}

/// What can be said of a run from outside, later.
public enum RunStatus: String, Sendable {
  case finished, broken, interrupted
  /// Its process still lives.
  case running
  /// Its process no longer lives, and had no time to say why.
  case killed = "broken off"
  /// It was carried here from another machine, or is old: nobody can tell.
  case notFinished = "not finished"
}

extension RunRecord {
  public var standing: RunStatus {
    switch state {
    case .finished: .finished
    case .broken: .broken
    case .interrupted: .interrupted
    case .running:
      switch facts.process?.isAlive {
      case true?: .running
      case false?: .killed
      case nil: .notFinished
      }
    }
  }

  /// A sentence for the reader of a page whose end is missing; nil for a run that came to its end.
  public var statusSentence: String? {
    let again = "The page ends where it did; run the lesson again: lab run \(lesson.slug)"
    switch standing {
    case .finished: return nil
    case .broken, .interrupted: return state.sentence
    case .running: return "This run is still under way; the page shows what it has finished."
    case .killed: return "This run was broken off: its process no longer lives. \(again)"
    case .notFinished: return "This run has not come to its end. \(again)"
    }
  }
}
