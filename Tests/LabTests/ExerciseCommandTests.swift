import Foundation
import TestSupport
import Testing

/// The exercise commands as a learner uses them: input, output, and that no work is lost.
@Suite(.serialized) struct ExerciseCommandTests {
  private static let file = "Workbook/04-1-window-mask.swift"
  private static let right = """
    func windowMask(queryCount: Int, keyCount: Int, window: Int, sinkCount: Int) -> [[Bool]] {
      (keyCount - queryCount..<keyCount).map { query in
        (0..<keyCount).map { $0 <= query && (query - $0 < window || $0 < sinkCount) }
      }
    }
    """

  private func bench(with text: String? = nil) throws -> LabProcess {
    let lab = try LabProcess()
    _ = try lab.run("check", "window-mask")
    if let text { try Data(text.utf8).write(to: lab.folder.appendingPathComponent(Self.file)) }
    return lab
  }

  private func body(_ lines: String) -> String {
    """
    import Foundation
    func windowMask(queryCount: Int, keyCount: Int, window: Int, sinkCount: Int) -> [[Bool]] {
    \(lines)
    }
    """ + "\n"
  }

  @Test func anUnchangedFileIsNotAttempted() throws {
    let lab = try LabProcess()
    let first = try lab.run("check", "4", "--json")
    #expect(first.status == 1)
    let object = try JSONSerialization.jsonObject(with: Data(first.out.utf8))
    let entries = try #require(object as? [[String: Any]])
    #expect(
      entries.map { $0["result"] as? String } == [
        "not attempted", "not attempted", "not attempted",
      ])
    let given = lab.text(Self.file)
    #expect(given.contains("TODO"))
    try Data(("// my own words\n\n" + given).utf8)
      .write(to: lab.folder.appendingPathComponent(Self.file))
    let answer = try lab.run("check", "window-mask")
    #expect(answer.status == 1)
    #expect(answer.out.contains("not attempted") && !answer.out.contains("wrong"))
  }

  @Test func aRightAnswerPassesAndShowsTheSolution() throws {
    let lab = try bench(with: Self.right)
    let refused = try lab.run("solution", "window-mask")
    #expect(refused.status == 64)
    #expect(refused.out.isEmpty && refused.err.contains("--yes"))
    let began = ContinuousClock.now
    let answer = try lab.run("check")
    #expect(ContinuousClock.now - began < .seconds(15))
    #expect(answer.status == 0, "\(answer.out)\(answer.err)")
    #expect(answer.out.contains("✓ window-mask: passed"))
    #expect(try lab.run("solution", "window-mask").out.contains("query - key < window"))
    #expect(try lab.run("list").out.contains("exercises 1 of 3"))
    // A file that has changed since does not count as passed.
    try Data((Self.right + "\n// more\n").utf8)
      .write(to: lab.folder.appendingPathComponent(Self.file))
    #expect(try lab.run("check", "--list").out.contains("changed since it passed"))
  }

  /// The learner's helpers can have the same names as those of the check or the grader.
  @Test func helpersOfTheLearnerDoNotCollide() throws {
    let helpers = """

      func mask(_ length: Int, _ sees: (Int, Int) -> Bool) -> [[Bool]] { [] }
      struct Grader {}
      func check() {}
      protocol Answer {}
      """
    let answer = try bench(with: Self.right + helpers).run("check", "window-mask")
    #expect(answer.status == 0, "\(answer.out)")
  }

  @Test func wrongAnswerShowsTheFirstDifference() throws {
    let lab = try bench(with: Self.right.replacingOccurrences(of: "- $0 <", with: "- $0 <="))
    let answer = try lab.run("check", "window-mask")
    #expect(answer.status == 1)
    #expect(answer.out.contains("differs at [2][0]: true, expected false"))
    #expect(answer.out.contains("Off by one"))
  }

  @Test func compileErrorShowsTheLearnersLine() throws {
    let lab = try bench(with: "// one\n" + body("  return keyCount"))
    let answer = try lab.run("check", "window-mask")
    #expect(answer.status == 1)
    #expect(answer.out.contains("04-1-window-mask.swift:4:"))
    #expect(answer.out.contains("cannot convert"))
    let other = try bench(with: "func other() {}")
    let words = try other.run("check", "window-mask").out.split(whereSeparator: \.isWhitespace)
    let text = words.joined(separator: " ")
    #expect(text.contains("must stay as they were given."), "\(text)")
    #expect(text.contains("error: ") && !text.contains("Check.swift"), "\(text)")
  }

  @Test(arguments: [
    ("  while true {}\n", "was still running after 5 s of processor time"),
    ("  return [[true]][5...].map { $0 }", "stopped"),
    ("  exit(0)", "exited before the check was finished"),
    ("  while true { print(\"on and on\") }", "window-mask: wrote too much"),
    (
      """
        FileManager.default.createFile(atPath: "endless", contents: nil)
        let file = FileHandle(forWritingAtPath: "endless")!
        while true { file.write(Data(count: 100_000)) }
      """, "wrote more than 20 MB"
    ),
    (
      "  var all: [[Bool]] = []\n  while true { all.append(Array(repeating: true, count: 1 << 24)) }",
      "window-mask: used too much memory"
    ),
    ("  return [Array(repeating: true, count: 1 << 40)]", "more than 1000 MB of memory"),
    (
      "  func deep(_ n: Int) -> Int { n < 0 ? 0 : 1 + deep(n + window) }\n  return [[deep(1) > 0]]",
      "call itself without"
    ),
  ])
  func endlessProgramIsStopped(lines: String, sentence: String) throws {
    let lab = try bench(with: body(lines))
    let began = ContinuousClock.now
    let answer = try lab.run("check", "window-mask")
    #expect(ContinuousClock.now - began < .seconds(60))
    #expect(answer.status == 1)
    #expect(answer.out.contains(sentence) && !answer.out.contains("passed"), "\(answer.out)")
    #expect(answer.out.contains("windowMask(queryCount: 4, keyCount: 4, window: 2"))
    let left = try FileManager.default.contentsOfDirectory(atPath: lab.path(".lab/exercises"))
    #expect(left.filter { !$0.hasPrefix("modules-") } == [], "what it wrote is removed")
    #expect(!FileManager.default.fileExists(atPath: lab.path("endless")))
  }

  @Test func resetKeepsACopy() throws {
    let lab = try bench(with: Self.right)
    #expect(try lab.run("reset", "window-mask").status == 64)
    #expect(lab.text(Self.file) == Self.right)
    #expect(try lab.run("reset", "window-mask", "--yes").status == 0)
    #expect(lab.text("Workbook/kept/04-1-window-mask-1.swift") == Self.right)
    #expect(lab.text(Self.file).contains("TODO"))
    #expect(try lab.run("reset", "window-mask", "--yes").status == 0)
    #expect(lab.text("Workbook/kept/04-1-window-mask-1.swift") == Self.right)
    #expect(lab.text("Workbook/kept/04-1-window-mask-2.swift").contains("TODO"))
  }

  /// There is nothing to lose, and so nothing to ask.
  @Test func resetWithoutAFileDoesNotAsk() throws {
    let lab = try LabProcess()
    let answer = try lab.run("reset", "window-mask")
    #expect(answer.status == 0, "\(answer.err)")
    #expect(answer.out.contains("Restored:") && lab.text(Self.file).contains("TODO"))
    #expect(!FileManager.default.fileExists(atPath: lab.path("Workbook/kept")))
    // A folder of this name is neither read nor replaced.
    try FileManager.default.removeItem(atPath: lab.path(Self.file))
    try FileManager.default.createDirectory(
      atPath: lab.path(Self.file), withIntermediateDirectories: true)
    let folder = try lab.run("reset", "window-mask", "--yes")
    #expect(folder.status == 74 && folder.err.contains("cannot be replaced: Is a directory"))
    #expect(try lab.run("check", "window-mask").status == 74)
  }

  @Test func hintsComeInSteps() throws {
    let lab = try bench()
    let answers = try (0..<4).map { _ in try lab.run("hint", "window-mask").out }
    #expect(answers[0].contains("Hint 1 of 3") && !answers[0].contains("Hint 2"))
    #expect(answers[1].contains("Hint 2 of 3") && !answers[1].contains("Hint 3"))
    #expect(answers[2].contains("Hint 3 of 3") && answers[2].contains("lab solution"))
    #expect(answers[3] == answers[2])
  }

  @Test func unknownNamesSuggestTheNearest() throws {
    let answer = try LabProcess().run("check", "windw-mask")
    #expect(answer.status == 64)
    #expect(answer.err.contains("Did you mean 'window-mask'?"))
    #expect(try LabProcess().run("hint", "softmax").err.contains("online-softmax"))
    #expect(try LabProcess().run("reset", "4", "--yes").err.contains("Name one of them"))
  }

  @Test func unwritableWorkbookIsAnError() throws {
    let lab = try LabProcess()
    try Data().write(to: lab.folder.appendingPathComponent("Workbook"))
    let answer = try lab.run("check", "window-mask")
    #expect(answer.status == 74)
    #expect(answer.err.contains("--workbook DIR") && !answer.err.contains("Cocoa"))
    // The copy cannot be made, so the file stays.
    let other = try bench(with: Self.right)
    try Data().write(to: other.folder.appendingPathComponent("Workbook/kept"))
    let reset = try other.run("reset", "window-mask", "--yes")
    #expect(reset.status == 74 && reset.err.contains("Workbook/kept cannot be written"))
    #expect(other.text(Self.file) == Self.right)
  }

  @Test func missingCompilerExplainsTheInstallation() throws {
    let answer = try LabProcess().run("check", "window-mask", environment: ["PATH": "/nowhere"])
    #expect(answer.status == 74)
    #expect(answer.err.contains("swiftc") && answer.err.contains("swift.org/install"))
  }

  @Test func whatTheLearnerPrintsIsShown() throws {
    let print = "  for row in 0..<40 { print(\"row\", row) }\n"
    let lab = try bench(with: body(print + "  return []"))
    let answer = try lab.run("check", "window-mask")
    #expect(answer.status == 1)
    #expect(answer.out.contains("your code printed\n    row 0\n    row 1\n"), "\(answer.out)")
    #expect(answer.out.contains("… and 28 more lines") && !answer.out.contains("row 12\n"))
    let json = try lab.run("check", "window-mask", "--json")
    #expect(json.out.contains("row 39"))
    // Also before a crash.
    try Data(body(print + "  return [[true]][5...].map { $0 }").utf8)
      .write(to: lab.folder.appendingPathComponent(Self.file))
    #expect(try lab.run("check", "window-mask").out.contains("    row 0\n"))
  }

  @Test func fromInsideTheWorkbook() throws {
    let lab = try bench(with: Self.right)
    let process = try lab.start(
      URL(fileURLWithPath: "/bin/sh"),
      ["-c", "cd Workbook && exec '\(LabProcess.binary().path)' check window-mask > ../inside"])
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(lab.text("inside").contains("✓ window-mask: passed"), "\(lab.text("err"))")
    #expect(!FileManager.default.fileExists(atPath: lab.path("Workbook/.lab")))
    #expect(!FileManager.default.fileExists(atPath: lab.path("Workbook/Workbook")))
  }

  /// The first check hangs. A save starts it again, and after the pass the next exercise follows.
  @Test func aSaveDuringACheckStartsItAgain() throws {
    let lab = try bench(with: body("  while true {}"))
    let process = try lab.start(LabProcess.binary(), ["watch", "window-mask"])
    try lab.wait(for: "checking", in: "err")
    idle(seconds: 0.3)
    try Data(Self.right.utf8).write(
      to: lab.folder.appendingPathComponent(Self.file), options: .atomic)
    try lab.wait(for: "✓ window-mask: passed", in: "out")
    #expect(!lab.text("out").contains("did not end"), "\(lab.text("out"))")
    // The next one in the order of the course, not the first.
    try lab.wait(for: "Lesson 4", in: "out")
    #expect(lab.text("Workbook/04-2-strided-mask.swift").contains("TODO"))
    #expect(!lab.text("out").contains("lab check"), "\(lab.text("out"))")
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    #expect(try lab.run("check", "--list", "--json").out.contains("\"attempts\" : 1"))
  }

  @Test func watchChecksOnSaveAndStopsOnInterrupt() throws {
    let lab = try bench()
    let process = try lab.start(LabProcess.binary(), ["watch"])
    try lab.wait(for: "Watching", in: "err")
    try Data(Self.right.utf8).write(
      to: lab.folder.appendingPathComponent(Self.file), options: .atomic)
    try lab.wait(for: "✓ window-mask: passed", in: "out")
    // Interrupt an endless check.
    try Data(body("  while true {}").utf8).write(
      to: lab.folder.appendingPathComponent(Self.file), options: .atomic)
    try lab.wait(for: "saved ──\nchecking", in: "err", times: 2)
    idle(seconds: 1.5)
    let stopped = ContinuousClock.now
    process.interrupt()
    process.waitUntilExit()
    #expect(ContinuousClock.now - stopped < .seconds(2))
    #expect(process.terminationStatus == 130)
  }
}

extension LabProcess {
  /// Waits until a stream of the running program contains a text `times` times.
  func wait(for sentence: String, in name: String, times: Int = 1) throws {
    let deadline = ContinuousClock.now + .seconds(40)
    while text(name).components(separatedBy: sentence).count <= times {
      try #require(
        ContinuousClock.now < deadline, "no '\(sentence)' in: \(text("out"))\(text("err"))")
      idle(seconds: 0.05)
    }
  }
}
