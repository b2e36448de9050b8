import Foundation

/// Temporary files of `lab`: their names, and the removal of those that a killed process left.
public enum Litter {
  private static let prefix = "longcontextlab-"

  /// A new path in the folder for temporary files (`TMPDIR`), such as
  /// `longcontextlab-figure-UUID.png`. Whoever uses it removes the file or folder.
  public static func temporaryPath(_ kind: String, pathExtension: String? = nil) -> URL {
    let name = "\(prefix)\(kind)-\(UUID().uuidString)" + (pathExtension.map { ".\($0)" } ?? "")
    return FileManager.default.temporaryDirectory.appendingPathComponent(name)
  }

  /// Removes what killed processes left behind more than a day ago: the partial files of
  /// `AtomicFile` in some folders, and the files and folders of `temporaryPath`.
  ///
  /// Only regular files and folders of this user are removed whose whole name fits; links are not
  /// followed. Errors are ignored: the next sweep tries again.
  /// - Parameters:
  ///   - folders: Folders with partial files, without their subfolders. They need not exist.
  ///   - temporary: The folder of `temporaryPath`.
  ///   - now: The present time.
  /// - Complexity: O(n) time in the number of names in these folders.
  public static func sweep(
    partialsIn folders: [URL], temporary: URL = FileManager.default.temporaryDirectory,
    now: Date = Date()
  ) {
    for folder in folders {
      for name in names(in: folder) where isPartial(name) {
        let file = folder.appendingPathComponent(name)
        if kind(of: file, before: now) == S_IFREG { unlink(file.path) }
      }
    }
    for name in names(in: temporary) where isTemporary(name) {
      let url = temporary.appendingPathComponent(name)
      if kind(of: url, before: now) != nil { try? FileManager.default.removeItem(at: url) }
    }
  }

  /// Whether `AtomicFile` gives this name to a file that is being written: a dot, some text, a UUID
  /// and `.partial`.
  static func isPartial(_ name: String) -> Bool {
    guard name.hasPrefix("."), name.hasSuffix(".partial") else { return false }
    let stem = name.dropLast(".partial".count)
    return UUID(uuidString: String(stem.suffix(36))) != nil
      && [".", "-"].contains(stem.dropLast(36).suffix(1))
  }

  private static func isTemporary(_ name: String) -> Bool {
    let stem = name.prefix { $0 != "." }
    return name.hasPrefix(prefix) && UUID(uuidString: String(stem.suffix(36))) != nil
  }

  private static func names(in folder: URL) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  }

  /// The kind of a file or folder of this user that has not changed for a day; nil for any other.
  private static func kind(of url: URL, before now: Date) -> mode_t? {
    var facts = stat()
    guard lstat(url.path, &facts) == 0, facts.st_uid == geteuid() else { return nil }
    #if os(Linux)
      let changed = facts.st_mtim.tv_sec
    #else
      let changed = facts.st_mtimespec.tv_sec
    #endif
    let kind = facts.st_mode & S_IFMT
    guard [S_IFREG, S_IFDIR].contains(kind),
      now.timeIntervalSince1970 - Double(changed) > 24 * 3600
    else { return nil }
    return kind
  }
}
