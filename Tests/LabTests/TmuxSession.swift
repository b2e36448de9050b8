import Foundation
import TestSupport
import Testing

/// A terminal of a certain size, in which a shell runs in a new, empty folder: a server of tmux with
/// one window.
final class TmuxSession {
  let lab: LabProcess
  private let socket: String
  private let server: Process

  init(columns: Int, rows: Int) throws {
    lab = try LabProcess()
    socket = lab.path("t")
    // Not a daemon: it would inherit and keep what Foundation waits with for the end of a client.
    // Any client would start a daemon, so none is started before the server is there.
    server = Self.process(["-S", socket, "-f", "/dev/null", "-D"], in: lab.folder)
    try server.run()
    let deadline = ContinuousClock.now + .seconds(60)
    while !FileManager.default.fileExists(atPath: socket) {
      try #require(ContinuousClock.now < deadline, "tmux does not start")
      idle(seconds: 0.03)
    }
    try tmux(
      "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)",
      "env COLORTERM= NO_COLOR= PS1='ready> ' ENV= /bin/sh -i")
    try wait { $0.contains("ready>") }
  }

  deinit {
    try? tmux("kill-server")
    // Foundation blocks signals in its children, and the server may wait for one.
    kill(server.processIdentifier, SIGKILL)
    server.waitUntilExit()
  }

  /// The rows of the window, without spaces at their ends.
  var screen: [String] {
    get throws {
      try tmux("capture-pane", "-p").components(separatedBy: "\n").dropLast()
    }
  }

  /// The lines that are wider than the window, so that the terminal broke them. Those with the path of
  /// a learner's file and the typed command are left out.
  func brokenLines(columns: Int) throws -> [String] {
    // -J joins the rows of a broken line, and keeps spaces at ends.
    try tmux("capture-pane", "-p", "-J").components(separatedBy: "\n").filter {
      !$0.hasPrefix("ready>") && !$0.contains(lab.folder.path) && !$0.contains("Workbook/")
        && $0.trimmingCharacters(in: .whitespaces).count > columns
    }
  }

  /// Types text as it is.
  func type(_ text: String) throws { try tmux("send-keys", "-l", text) }

  /// Presses a key by its name in tmux: `Space`, `PPage`, `Left`.
  func press(_ key: String) throws { try tmux("send-keys", key) }

  func resize(columns: Int, rows: Int) throws {
    try tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)")
  }

  /// Starts `lab`.
  func start(_ arguments: String) throws {
    try type("'\(try LabProcess.binary().path)' \(arguments)")
    try press("Enter")
  }

  /// Waits until the screen is as wanted, and returns it.
  @discardableResult
  func wait(
    sourceLocation: SourceLocation = #_sourceLocation, _ isWanted: (String) -> Bool
  ) throws -> [String] {
    let deadline = ContinuousClock.now + .seconds(120)
    while true {
      let now = try screen
      if isWanted(now.joined(separator: "\n")) { return now }
      try #require(
        ContinuousClock.now < deadline, "the screen is\n\(now.joined(separator: "\n"))",
        sourceLocation: sourceLocation)
      idle(seconds: 0.03)
    }
  }

  @discardableResult
  private func tmux(_ arguments: String...) throws -> String {
    let process = Self.process(["-S", socket, "-N"] + arguments, in: lab.folder)
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  private static func process(_ arguments: [String], in folder: URL) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Needs.path(of: "tmux") ?? "/usr/bin/tmux")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    var environment = ProcessInfo.processInfo.environment
    environment["TMUX"] = nil
    // Without a locale of UTF-8, tmux shows other characters as underscores.
    environment["LC_ALL"] = "C.UTF-8"
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    return process
  }
}
