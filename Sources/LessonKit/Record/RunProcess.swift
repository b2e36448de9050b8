import Foundation
import SystemSupport

/// The process of a run. It shows whether an unfinished run was killed or is still running.
public struct RunProcess: Codable, Equatable, Sendable {
  /// The machine's name. The process number is valid only on that machine.
  public var machine: String
  public var number: Int32
  /// The start time, in the system's own unit. The number alone is not enough, because a later
  /// process can get the same number.
  public var began: String

  public init(machine: String, number: Int32, began: String) {
    self.machine = machine
    self.number = number
    self.began = began
  }

  /// This process; nil if the system does not report it.
  static var current: RunProcess? {
    let number = ProcessInfo.processInfo.processIdentifier
    guard let machine = machineName, let began = beginning(of: number) else { return nil }
    return RunProcess(machine: machine, number: number, began: began)
  }

  /// Whether the process is still running; nil for a process of another machine.
  var isAlive: Bool? {
    guard machine == Self.machineName else { return nil }
    return Self.beginning(of: number) == began
  }

  static var machineName: String? {
    let name = FileLockHolder.hostName
    return name.isEmpty ? nil : name
  }

  #if os(Linux)
    /// The 22nd field of /proc/N/stat: the start time in clock ticks since boot. The second field,
    /// the program's name in parentheses, can contain spaces, so fields are counted from the
    /// closing parenthesis.
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

extension RunRecord {
  /// The state in a word, as another process sees it. If the record says *running*, its process is
  /// checked: *killed* if the process has ended, *not finished* if the record comes from another
  /// machine.
  public var statusWord: String {
    guard state == .running else { return state.word }
    return switch facts.process?.isAlive {
    case true?: "running"
    case false?: "killed"
    case nil: "not finished"
    }
  }

  /// A sentence for the reader of an incomplete page; nil for a finished run.
  public var statusSentence: String? {
    guard state == .running else { return state.sentence }
    let again = "The page ends there. Run the lesson again with the same options."
    return switch facts.process?.isAlive {
    case true?: "This run has not ended yet. The page shows the steps that are finished."
    case false?: "This run was killed: its process ended without finishing it. \(again)"
    case nil: "This run has not finished. \(again)"
    }
  }
}
