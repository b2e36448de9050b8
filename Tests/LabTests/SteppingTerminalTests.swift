import Foundation
import TestSupport
import Testing

/// `--step` in a real terminal: every screen fits, the keys work, and the terminal is as it was.
@Suite(.serialized, .needs(program: "tmux"))
struct SteppingTerminalTests {
  private static let run = "run 5 --scale smoke --step"

  /// Waits for a screen that waits for a key, other than this one.
  private func nextScreen(_ terminal: TmuxSession, after last: [String]) throws -> [String] {
    try terminal.wait { text in
      text != last.joined(separator: "\n")
        && (text.contains("space next") || text.contains("The page has"))
    }
  }

  @Test(arguments: [(80, 24, ""), (60, 20, ""), (80, 24, " --large")])
  func everyScreenFits(columns: Int, rows: Int, option: String) throws {
    let terminal = try TmuxSession(columns: columns, rows: rows)
    try terminal.start(Self.run + option)
    var screen: [String] = []
    var (steps, count): (Set<String>, Int) = ([], 0)
    while true {
      screen = try nextScreen(terminal, after: screen)
      if screen.joined().contains("The page has") { break }
      count += 1
      #expect(screen.count == rows && !screen[0].isEmpty, "\(screen)")
      #expect(screen.last?.hasPrefix("── ") == true, "\(screen)")
      #expect(!screen.dropLast().contains { $0.hasPrefix("── ") }, "\(screen)")
      for line in screen { #expect(line.count <= (option.isEmpty ? columns : 64), "\(line)") }
      let foot = (screen.last ?? "").split(separator: "·")[0]
      if foot.contains("step") { steps.insert(String(foot)) }
      try terminal.press(count % 2 == 0 ? "Right" : "Space")
    }
    #expect(steps.count > 8 && count >= steps.count)
    // What was found stays on the first screen, below the command.
    let text = screen.joined(separator: "\n")
    #expect(text.contains("Claims: ") && text.contains("Next: lab run multi-query"))
  }

  @Test func keysOfAPresentersRemote() throws {
    let terminal = try TmuxSession(columns: 80, rows: 24)
    #expect(try terminal.lab.run("run", "5", "--scale", "smoke", "--quiet").status == 0)
    try terminal.start("show 5 --step")
    let first = try terminal.wait { $0.contains("space next") }
    try terminal.press("NPage")
    let second = try nextScreen(terminal, after: first)
    try terminal.press("PPage")
    #expect(try nextScreen(terminal, after: second) == first)
    for (forward, back) in [("Down", "Up"), ("Right", "Left"), ("Enter", "b"), ("Space", "BSpace")]
    {
      try terminal.press(forward)
      #expect(try nextScreen(terminal, after: first) == second, "\(forward)")
      try terminal.press(back)
      #expect(try nextScreen(terminal, after: second) == first, "\(back)")
    }
    try terminal.type("?")
    try terminal.wait { $0.contains("Page Down") }
    try terminal.press("Space")
    try terminal.wait { $0.contains("space next") }
    while !(try terminal.screen.joined().contains("step 1 of")) {
      let now = try terminal.screen
      try terminal.press("Space")
      _ = try nextScreen(terminal, after: now)
    }
    let short = try terminal.screen
    try terminal.type("v")
    let long = try nextScreen(terminal, after: short)
    #expect(long.joined().contains("screen 1 of") && long.last?.hasPrefix("── ") == true)
    try terminal.type("q")
    try terminal.wait { $0.contains("ready>") && !$0.contains("──") }
  }

  /// The first screen comes back at the end, and the shell has its own settings.
  @Test(arguments: ["q", "C-c"]) func theFirstScreenComesBack(key: String) throws {
    let terminal = try TmuxSession(columns: 80, rows: 24)
    try terminal.type("echo what-was-before\n")
    try terminal.wait { $0.contains("\nwhat-was-before") }
    try terminal.start(Self.run)
    let page = try terminal.wait { $0.contains("space next") }
    #expect(!page.joined().contains("what-was-before"))
    try terminal.press(key)
    let screen = try terminal.wait { text in
      let shown = text.trimmingCharacters(in: .whitespacesAndNewlines)
      return text.contains("The run was stopped") && shown.hasSuffix("ready>")
    }
    #expect(screen.joined(separator: "\n").contains("\nwhat-was-before"))
    // Nothing of the page is drawn afterwards.
    idle(seconds: 0.5)
    #expect(try terminal.screen == screen)
    try terminal.type("stty -a | tr ' ' '\\n' | grep -x -e echo -e icanon | sort | tr '\\n' +\n")
    try terminal.wait { $0.contains("\necho+icanon+") }
  }

  @Test func theScreenFollowsTheTerminal() throws {
    let terminal = try TmuxSession(columns: 80, rows: 24)
    try terminal.start(Self.run)
    try terminal.wait { $0.contains("space next") }
    try terminal.resize(columns: 60, rows: 20)
    let narrow = try terminal.wait { text in
      let rows = text.components(separatedBy: "\n")
      return rows.count == 20 && rows[19].contains("space next")
    }
    #expect(!narrow[0].isEmpty)
    // Ctrl-Z shows the shell, fg the page again.
    try terminal.press("C-z")
    try terminal.wait { $0.contains("ready>") && !$0.contains("space next") }
    try terminal.type("fg\n")
    try terminal.wait { $0.contains("space next") && !$0.contains("ready>") }
    try terminal.type("q")
    try terminal.wait { $0.contains("The run was stopped") }
  }
}
