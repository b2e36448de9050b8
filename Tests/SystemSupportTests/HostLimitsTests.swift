import Foundation
import SystemSupport
import Testing

/// The files of a system in a temporary folder, with a hierarchy of control groups in it.
private struct FakeSystem {
  let scratch: ScratchFolder
  var root: String { scratch.url.path }

  init(cgroup: String, mountinfo: String, _ files: [String: String] = [:]) throws {
    scratch = try ScratchFolder()
    try write(cgroup, to: "/proc/self/cgroup")
    try write(mountinfo, to: "/proc/self/mountinfo")
    for (path, text) in files { try write(text, to: path) }
  }

  private func write(_ text: String, to path: String) throws {
    let url = URL(fileURLWithPath: root + path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  var groups: ControlGroups { ControlGroups(root: root) }
}

@Suite struct ControlGroupTests {
  private static let version2 = """
    24 30 0:22 / /proc rw,nosuid shared:13 - proc proc rw
    31 23 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate

    """
  private static let version1 = """
    35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
    32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:11 - cgroup cgroup rw,cpu,cpuacct
    40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd

    """

  @Test func version2InTheGroupItself() throws {
    let system = try FakeSystem(
      cgroup: "0::/user.slice/job\n", mountinfo: Self.version2,
      [
        "/sys/fs/cgroup/user.slice/job/memory.max": "1073741824\n",
        "/sys/fs/cgroup/user.slice/job/cpu.max": "150000 100000\n",
      ])
    #expect(system.groups.memoryBytes == 1 << 30)
    #expect(system.groups.processors == 1.5)
  }

  /// A group above may allow less than the group itself.
  @Test func version2Nested() throws {
    let system = try FakeSystem(
      cgroup: "0::/a/b/c\n", mountinfo: Self.version2,
      [
        "/sys/fs/cgroup/a/memory.max": "900\n", "/sys/fs/cgroup/a/b/memory.max": "max\n",
        "/sys/fs/cgroup/a/b/memory.high": "800\n", "/sys/fs/cgroup/a/b/c/memory.max": "2000\n",
        "/sys/fs/cgroup/a/cpu.max": "50000 100000\n",
        "/sys/fs/cgroup/a/b/c/cpu.max": "max 100000\n",
        "/sys/fs/cgroup/other/memory.max": "1\n",
      ])
    #expect(system.groups.memoryBytes == 800)
    #expect(system.groups.processors == 0.5)
  }

  @Test func version1Nested() throws {
    let system = try FakeSystem(
      cgroup: "9:name=systemd:/x\n4:memory:/docker/abc\n3:cpu,cpuacct:/docker\n0::/\n",
      mountinfo: Self.version1,
      [
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        "/sys/fs/cgroup/memory/docker/memory.limit_in_bytes": "3000\n",
        "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "9223372036854771712\n",
        "/sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_quota_us": "200000\n",
        "/sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_period_us": "100000\n",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
        "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      ])
    #expect(system.groups.memoryBytes == 3000)
    #expect(system.groups.processors == 2)
  }

  /// In a container the process's group is mounted as the root of what is visible, or its path lies
  /// outside of it.
  @Test(arguments: ["/docker/abc", "/", "/../../host", "/elsewhere"])
  func container(group: String) throws {
    let system = try FakeSystem(
      cgroup: "0::\(group)\n",
      mountinfo:
        "31 23 0:27 /docker/abc /sys/fs/my\\040cgroup ro - cgroup2 cgroup ro,nsdelegate\n",
      ["/sys/fs/my cgroup/memory.max": "4096\n", "/sys/fs/my cgroup/cpu.max": "10000 20000\n"])
    #expect(system.groups.memoryBytes == 4096)
    #expect(system.groups.processors == 0.5)
  }

  /// A file that is damaged or of a later kernel is no limit, and nothing traps.
  @Test(arguments: [
    "", "max", "-1", "0 0", "1 0", "99999999999999999999999 1", "nan", "\u{0}\u{FF}",
  ])
  func unreadableLimits(text: String) throws {
    let system = try FakeSystem(
      cgroup: "0::/\nno colons\n:::\n1:memory\n", mountinfo: Self.version2 + "short line\n - \n",
      [
        "/sys/fs/cgroup/cpu.max": text, "/sys/fs/cgroup/memory.max": text,
        "/sys/fs/cgroup/cpu.cfs_quota_us": text, "/sys/fs/cgroup/cpu.cfs_period_us": text,
      ])
    #expect(system.groups.memoryBytes == nil && system.groups.processors == nil)
    #expect(ControlGroups(root: "/nowhere").memoryBytes == nil)
  }
}

@Suite struct HostLimitsTests {
  private func limits(
    affinity: Int = 0, addressSpace: UInt64 = .max, resident: UInt64 = .max, cgroup: String = "max",
    quota: String = "max 100000"
  ) throws -> HostLimits {
    let system = try FakeSystem(
      cgroup: "0::/\n", mountinfo: "31 23 0:27 / /c rw - cgroup2 cgroup2 rw\n",
      ["/c/memory.max": cgroup, "/c/cpu.max": quota])
    return HostLimits(
      machineBytes: 8_000_000_000, machineProcessors: 8, groups: system.groups, affinity: affinity,
      addressSpace: addressSpace, resident: resident)
  }

  @Test func theSmallestCounts() throws {
    let all = try limits()
    #expect(all.memory.amount == 8_000_000_000 && all.memory.limiter == nil)
    #expect(all.processors.amount == 8 && all.threadCount == 8 && all.processors.limiter == nil)

    let group = try limits(addressSpace: 2_000_000_000, cgroup: "1000000000")
    #expect(group.memory.amount == 1_000_000_000 && group.memory.machine == 8_000_000_000)
    #expect(group.memory.limiter == "the memory limit of its control group")
    #expect(try limits(addressSpace: 5, cgroup: "7").memory.limiter == "ulimit -v")
    #expect(try limits(resident: 5).memory.limiter == "ulimit -m")
    // A limit above what the machine has limits nothing.
    #expect(try limits(addressSpace: 1 << 50).memory.limiter == nil)
  }

  @Test func threadsOfAQuota() throws {
    #expect(try limits(affinity: 3).threadCount == 3)
    #expect(try limits(affinity: 3).processors.limiter == "its processor affinity")
    let half = try limits(affinity: 3, quota: "50000 100000")
    #expect(half.processors.amount == 0.5 && half.threadCount == 1)
    #expect(half.processors.limiter == "the CPU quota of its control group")
    #expect(try limits(quota: "150000 100000").threadCount == 2)
  }

  /// What this process really may use: never more than the machine has.
  @Test func thisProcess() {
    let limits = HostLimits.current
    #expect(limits.memory.amount > 0 && limits.memory.amount <= limits.memory.machine)
    #expect(limits.processors.amount > 0 && limits.processors.amount <= limits.processors.machine)
  }
}
