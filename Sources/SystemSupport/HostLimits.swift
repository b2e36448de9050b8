import CSystem
import Foundation

/// The memory and the processors that this process may use.
///
/// A process may often use less than the machine has: in a container, in a job of a cluster, after
/// `ulimit` or `taskset`. Each value is the smallest of what the machine has and of what the control
/// groups, the resource limits and the processor affinity allow.
public struct HostLimits: Equatable, Sendable {
  /// An amount that this process may use, and what limits it.
  public struct Allowance<Amount: Comparable & Sendable>: Equatable, Sendable {
    public let amount: Amount
    /// What limits it to less than the machine has, such as "ulimit -v"; nil for all of the machine.
    public let limiter: String?
    /// What the machine has.
    public let machine: Amount

    /// The smallest of the machine's amount and of the limits.
    init(machine: Amount, limits: [(amount: Amount?, limiter: String)]) {
      let known = limits.compactMap { limit in
        limit.amount.map { (amount: $0, limiter: limit.limiter) }
      }
      let smallest = known.min { $0.amount < $1.amount }.flatMap { $0.amount < machine ? $0 : nil }
      amount = smallest?.amount ?? machine
      limiter = smallest?.limiter
      self.machine = machine
    }
  }

  /// Bytes of memory.
  public let memory: Allowance<Int>
  /// Processors; not a whole number if a CPU quota limits them.
  public let processors: Allowance<Double>

  /// How many threads can run at the same time, at least 1. A quota is rounded up: with a quota of
  /// 1.5 processors, two threads use all of it and one does not.
  public var threadCount: Int { max(1, Int(processors.amount.rounded(.up))) }

  /// The limits of this process.
  public static let current = HostLimits(
    machineBytes: UInt64(ProcessInfo.processInfo.physicalMemory),
    machineProcessors: ProcessInfo.processInfo.activeProcessorCount,
    groups: ControlGroups(), affinity: Int(lclAllowedProcessorCount()),
    addressSpace: lclAddressSpaceLimit(), data: lclDataLimit(), resident: lclResidentLimit())

  /// Bytes of addresses that this process may map, whether it uses them or not: `ulimit -v` or `-d`;
  /// `Int.max` without a limit.
  public static var addressBytes: Int {
    Int(clamping: min(lclAddressSpaceLimit(), lclDataLimit()))
  }

  /// `affinity` is the number of processors that the process may run on, 0 if unknown. The last
  /// three are `ulimit -v`, `-d` and `-m` in bytes, `UInt64.max` for no limit. Linux does not enforce
  /// `ulimit -m`, but whoever sets it means it.
  package init(
    machineBytes: UInt64, machineProcessors: Int, groups: ControlGroups, affinity: Int,
    addressSpace: UInt64 = .max, data: UInt64 = .max, resident: UInt64 = .max
  ) {
    memory = Allowance(
      machine: Int(clamping: machineBytes),
      limits: [
        (groups.memoryBytes, "the memory limit of its control group"),
        (addressSpace, "ulimit -v"), (data, "ulimit -d"), (resident, "ulimit -m"),
      ].map { bytes, limiter in (amount: bytes.map { Int(clamping: $0) }, limiter: limiter) })
    processors = Allowance(
      machine: Double(machineProcessors),
      limits: [
        (affinity > 0 ? Double(affinity) : nil, "its processor affinity"),
        (groups.processors, "the CPU quota of its control group"),
      ])
  }
}
