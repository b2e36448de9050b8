import Foundation
import TestSupport
import Testing

/// `lab watch` in a real terminal: its keys, what its foot names, and lines that fit.
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
}
