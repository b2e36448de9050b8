import Foundation
import TestSupport
import Testing

/// A preloaded library that does something to a run when it writes a file: `FaultyDisk.c`, which the
/// test compiles. So a run is killed, or its disk is full, at the same moment on every machine.
struct FaultyDisk {
  /// What happens at a call.
  enum Action {
    /// As `kill -9`.
    case kill
    /// Half of the bytes are written, then as `kill -9`.
    case killHalfway
    /// The disk stays full.
    case full
    /// This folder is removed.
    case remove(String)
  }

  /// The calls that count.
  enum Call: String { case create, write, rename }

  /// Whether a library can be compiled and preloaded here.
  static var isPossible: Bool { FaultyDevice.canBePreloaded && CCompiler.url != nil }

  private let library: URL

  /// - Throws: a failed requirement, where the library does not compile.
  init(in folder: URL) throws {
    library = folder.appendingPathComponent("faulty-disk.so")
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("FaultyDisk.c")
    try CCompiler.library(of: source, to: library)
  }

  /// The environment in which something happens at a call, counted from 1, whose path contains a
  /// text.
  func environment(
    _ action: Action, at number: Int = 1, _ call: Call? = nil, path: String
  ) -> [String: String] {
    var variables = ["LD_PRELOAD": library.path, "DISK_PATH": path, "DISK_AT": "\(number)"]
    variables["DISK_CALL"] = call?.rawValue
    switch action {
    case .kill: variables["DISK_ACTION"] = "kill"
    case .killHalfway: variables["DISK_ACTION"] = "half"
    case .full: variables["DISK_ACTION"] = "full"
    case .remove(let folder):
      variables["DISK_ACTION"] = "remove"
      variables["DISK_REMOVE"] = folder
    }
    return variables
  }
}
