import Foundation

/// The reader's own browser.
enum Browser {
  /// Whether the page was handed to a browser: at a terminal, with a screen, where the system has a
  /// command for it.
  static func open(_ page: URL) -> Bool {
    guard Terminal.standardOutput.isTerminal, hasScreen,
      let opener = Programs.find(openerName)
    else { return false }
    let process = Process()
    process.executableURL = opener
    process.arguments = [page.path]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      return false
    }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  #if os(macOS)
    private static let openerName = "open"
    private static let hasScreen = true
  #else
    private static let openerName = "xdg-open"
    private static var hasScreen: Bool {
      let environment = ProcessInfo.processInfo.environment
      return environment["DISPLAY"] != nil || environment["WAYLAND_DISPLAY"] != nil
    }
  #endif
}

/// Programs on the reader's path.
enum Programs {
  static func find(_ name: String) -> URL? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.map { URL(fileURLWithPath: String($0)).appendingPathComponent(name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }
}
