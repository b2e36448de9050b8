import Foundation

/// The limits of this process's control groups (Linux, cgroup versions 1 and 2).
///
/// A group is limited by all groups above it as well, so each limit is the smallest on the way from
/// the process's group up to the root of the mounted hierarchy. In a container the groups above may
/// not be visible; then the limits that are visible count.
package struct ControlGroups: Equatable, Sendable {
  /// The smallest memory limit in bytes; nil if there is none.
  package private(set) var memoryBytes: UInt64?
  /// The smallest CPU quota, in processors; nil if there is none.
  package private(set) var processors: Double?

  /// - Parameter root: The root of the file system; tests give a folder with files of their own.
  package init(root: String = "/") {
    let files = RootedFiles(root: root)
    let memberships = (files.text("/proc/self/cgroup") ?? "").split(separator: "\n")
      .compactMap(Membership.init)
    let mounts = (files.text("/proc/self/mountinfo") ?? "").split(separator: "\n")
      .compactMap(Mount.init)
    for mount in mounts {
      guard let membership = memberships.first(where: mount.contains) else { continue }
      for folder in mount.folders(of: membership) { add(folder, files) }
    }
  }

  private mutating func add(_ folder: String, _ files: RootedFiles) {
    func number(_ name: String) -> UInt64? {
      files.text("\(folder)/\(name)").flatMap { UInt64($0.trimmed) }
    }
    // Version 1 writes "no limit" as the largest number that is a multiple of the page size.
    let limits = ["memory.max", "memory.high", "memory.limit_in_bytes"].compactMap(number)
      .filter { $0 < 1 << 62 }
    memoryBytes = (limits + [memoryBytes].compactMap { $0 }).min()

    let words = (files.text("\(folder)/cpu.max") ?? "").split(whereSeparator: \.isWhitespace)
    let quotas = [
      words.count == 2 ? Self.quota(UInt64(words[0]), UInt64(words[1])) : nil,
      Self.quota(number("cpu.cfs_quota_us"), number("cpu.cfs_period_us")),
    ].compactMap { $0 }
    processors = (quotas + [processors].compactMap { $0 }).min()
  }

  private static func quota(_ time: UInt64?, _ period: UInt64?) -> Double? {
    guard let time, let period, time > 0, period > 0 else { return nil }
    return Double(time) / Double(period)
  }
}

/// A line of `/proc/self/cgroup`: `4:memory:/group`, or `0::/group` for version 2.
private struct Membership {
  let controllers: [Substring]
  let path: String

  init?(line: Substring) {
    let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 3, fields[2].hasPrefix("/") else { return nil }
    controllers = fields[1].split(separator: ",")
    path = String(fields[2])
  }
}

/// A line of `/proc/self/mountinfo` that mounts a hierarchy of control groups.
private struct Mount {
  /// The group that is visible at `point`.
  let root: String
  let point: String
  /// The controllers of version 1; empty for version 2.
  let controllers: [Substring]

  /// `32 31 0:29 /root /point rw - cgroup cgroup rw,memory`; see proc(5).
  init?(line: Substring) {
    let halves = line.components(separatedBy: " - ")
    guard halves.count == 2 else { return nil }
    let (place, kind) = (halves[0].split(separator: " "), halves[1].split(separator: " "))
    guard place.count >= 5, kind.count >= 3, kind[0] == "cgroup" || kind[0] == "cgroup2" else {
      return nil
    }
    root = Self.plain(place[3])
    point = Self.plain(place[4])
    let options = kind[2].split(separator: ",")
    controllers = kind[0] == "cgroup" ? options.filter { $0 == "memory" || $0 == "cpu" } : []
    if kind[0] == "cgroup", controllers.isEmpty { return nil }
  }

  func contains(_ membership: Membership) -> Bool {
    controllers.isEmpty
      ? membership.controllers.isEmpty
      : controllers.contains { membership.controllers.contains($0) }
  }

  /// The folder of the process's group, and those of all visible groups above it.
  func folders(of membership: Membership) -> [String] {
    let isBelowRoot = root == "/" || (membership.path + "/").hasPrefix(root + "/")
    let path = isBelowRoot ? membership.path.dropFirst(root == "/" ? 0 : root.count) : ""
    var names = path.split(separator: "/")
    // "/../other" is a group outside of what is visible.
    if names.contains("..") { names = [] }
    return (0...names.count).map {
      ([point] + names.prefix($0).map(String.init)).joined(separator: "/")
    }
  }

  /// A path with its octal escapes replaced: `\040` is a space.
  private static func plain(_ text: Substring) -> String {
    ["\\040": " ", "\\011": "\t", "\\012": "\n", "\\134": "\\"].sorted { $0.key < $1.key }
      .reduce(String(text)) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
  }
}

/// Small text files below a folder that stands for the root of the file system.
private struct RootedFiles {
  let root: String

  /// Nil if the file cannot be read. The files of `/proc` and `/sys` report a size of 0, so they are
  /// read up to their end.
  func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: root == "/" ? path : root + path)
      .map { String(decoding: $0, as: UTF8.self) }
  }
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
