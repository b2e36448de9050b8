import Foundation
import SystemSupport

/// The reader's web browser.
enum Browser {
  /// Opens a page in the browser, if standard output is a terminal and the machine has a screen.
  ///
  /// Returns whether the system's command was started and did not fail at once. It is not waited
  /// for longer: it may end only when the browser is closed.
  static func open(_ page: URL) -> Bool {
    guard Terminal.standardOutput.isTerminal, hasScreen,
      let opener = try? Program(named: openerName, arguments: [page.path])
    else { return false }
    do throws(ProgramError) {
      return try opener.startDetached(noticingFailureWithin: 1.5) == 0
    } catch {
      return false
    }
  }

  #if os(macOS)
    private static let openerName = "open"
    static let hasScreen = true
  #else
    private static let openerName = "xdg-open"
    static var hasScreen: Bool {
      let environment = ProcessInfo.processInfo.environment
      return environment["DISPLAY"] != nil || environment["WAYLAND_DISPLAY"] != nil
    }
  #endif
}
