import Foundation
import TestSupport
import Testing

/// `lab watch` and `lab check` in a real terminal: keys, questions, and lines that fit.
@Suite(.serialized, .needs(program: "tmux"))
struct WatchTerminalTests {
  @Test(arguments: [(80, 24), (60, 20)])
  func theFootNamesWhoseSolutionItShows(columns: Int, rows: Int) throws {
    let terminal = try TmuxSession(columns: columns, rows: rows)
    let lab = terminal.lab
    try terminal.start("watch strided-mask")
    try terminal.wait { $0.contains("q quit") && $0.contains("Fill in the TODO and save.") }
    #expect(try terminal.brokenLines(columns: columns) == [])
    try terminal.type("s")
    try terminal.wait { $0.contains("shown after a pass") }
    #expect(try terminal.brokenLines(columns: columns) == [])

    // After a pass: the next exercise, and the solution of the one that passed.
    try lab.write(try lab.solution("04-2-strided-mask"), to: "Workbook/04-2-strided-mask.swift")
    try terminal.wait {
      $0.contains("block-list: h hint") && $0.contains("s solution of strided-mask")
    }
    #expect(try terminal.brokenLines(columns: columns) == [])
    try terminal.type("s")
    let shown = try terminal.wait { $0.contains("A solution of strided-mask:") }
    #expect(shown.joined().contains("func stridedKeys"))
    #expect(try terminal.brokenLines(columns: columns) == [])

    // After a change of that file its solution is hidden again.
    try lab.write("func other() {}\n", to: "Workbook/04-3-block-list.swift")
    try terminal.wait { $0.contains("✗ block-list") && $0.contains("s solution of strided-mask") }
    try lab.write("func other() {}\n", to: "Workbook/04-2-strided-mask.swift")
    try terminal.type("h")
    let hint = try terminal.wait {
      $0.contains("shows the next hint")
        && $0.split(separator: "\n").last?.contains("q quit") == true
    }
    let foot = hint.filter { !$0.isEmpty }.suffix(2).joined()
    #expect(!foot.contains("s solution"), "\(hint)")
    #expect(try terminal.brokenLines(columns: columns) == [])
    try terminal.type("l")
    try terminal.wait { $0.contains("of 25 passed") && $0.contains("an algorithm") }
    #expect(try terminal.brokenLines(columns: columns) == [])
    try terminal.type("q")
    try terminal.wait { $0.split(separator: "\n").last?.contains("ready>") == true }
  }

  /// After a pass the lesson can be run at once with what was written.
  @Test func aPassOffersTheLesson() throws {
    let terminal = try TmuxSession(columns: 80, rows: 24)
    let lab = terminal.lab
    try lab.write(try lab.solution("05-1-online-softmax"), to: "Workbook/05-1-online-softmax.swift")
    try terminal.start("check online-softmax")
    let question = "Run the lesson with it now, about "
    try terminal.wait { $0.contains(question) && $0.contains("[y/N]") }
    #expect(try terminal.brokenLines(columns: 80) == [])
    try terminal.press("Enter")
    try terminal.wait { $0.split(separator: "\n").last?.contains("ready>") == true }
    #expect(!FileManager.default.fileExists(atPath: lab.path(".lab/runs")))
    try terminal.type("clear\n")
    try terminal.start("check online-softmax")
    try terminal.wait { $0.contains("[y/N]") }
    try terminal.type("y\n")
    try terminal.wait { $0.contains("This takes about") || $0.contains("Lesson 5 ·") }
    try terminal.press("C-c")
    try terminal.wait { $0.split(separator: "\n").last?.contains("ready>") == true }
    #expect(
      FileManager.default.fileExists(atPath: lab.path(".lab/runs/with-online-softmax")))
    // Off a terminal nobody is asked.
    let answer = try lab.run("check", "online-softmax")
    #expect(answer.status == 0 && !(answer.out + answer.err).contains("[y/N]"))
  }
}
