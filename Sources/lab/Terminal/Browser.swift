import Foundation
import SystemSupport

/// The reader's web browser.
enum Browser {
  /// Opens a page in the browser, if standard output is a terminal and the machine has a screen.
  ///
  /// Returns whether the system's command was started. It is not waited for: it may end only when
  /// the browser is closed.
  static func open(_ page: URL) -> Bool {
    guard Terminal.standardOutput.isTerminal, hasScreen,
      let opener = try? Program(named: openerName, arguments: [page.path])
    else { return false }
    do throws(ProgramError) {
      try opener.startDetached()
      return true
    } catch {
      return false
    }
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
