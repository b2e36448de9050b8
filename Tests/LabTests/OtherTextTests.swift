import Foundation
import SystemSupport
import Testing

/// Text of somebody else in what `lab` prints, and commands that `lab` suggests.
@Suite struct OtherTextTests {
  /// Clears the screen and fakes a row.
  private static let harm = "\u{1B}[2J\u{1B}[H\u{9B}1A\n✓ Hall passed\u{202E}"

  private func hidden(_ text: String) -> [String] {
    text.unicodeScalars.filter { scalar in
      let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
      return (isControl && scalar != "\n") || scalar.properties.isBidiControl
    }.map { String($0.value, radix: 16) }
  }

  private func report() throws -> LabProcess {
    let lab = try LabProcess()
    let progress = lab.folder.appendingPathComponent("中 Eve\u{9B}\nAdam/.lab/progress")
    try FileManager.default.createDirectory(at: progress, withIntermediateDirectories: true)
    let values: [String: Any] = [
      "state": "failed", "checked": "", "given": "", "attempts": 3, "hintsSeen": 0,
      "hasSeenSolution": false, "lastFailure": Self.harm,
    ]
    try JSONSerialization.data(withJSONObject: values)
      .write(to: progress.appendingPathComponent("05-a-online-softmax.json"))
    return lab
  }

  @Test func aLearnerCannotClearTheTeachersScreen() throws {
    let answer = try report().run("report", "中 Eve\u{9B}\nAdam")
    #expect(answer.status == 0)
    #expect(hidden(answer.out) == [])
    #expect(!answer.out.contains("\n✓ Hall"))
    #expect(answer.out.contains("\\u{1B}[2J"))
    // The columns after a wide name are where the head of the table has them.
    let lines = answer.out.components(separatedBy: "\n")
    let head = try #require(lines[0].range(of: "lessons")).lowerBound
    let row = try #require(lines[1].range(of: "0/10")).lowerBound
    #expect(String(lines[0][..<head]).terminalColumns == String(lines[1][..<row]).terminalColumns)
  }

  @Test func aReportIsValidAndVisibleJSON() throws {
    let answer = try report().run("report", "中 Eve\u{9B}\nAdam", "--json")
    #expect(hidden(answer.out) == [])
    let reports = try #require(
      try JSONSerialization.jsonObject(with: Data(answer.out.utf8)) as? [[String: Any]])
    let exercises = try #require(reports.first?["exercises"] as? [[String: Any]])
    #expect(exercises.first?["message"] as? String == Self.harm)
    #expect(reports.first?["name"] as? String == "中 Eve\u{9B}\nAdam")
  }

  @Test(
    arguments: [
      ["run", harm], ["run", "5", "--scale", harm], ["run", "5", "--seed=\(harm)"],
      ["run", "5", "--corpus", harm], ["open", harm], ["check", harm], ["memory", harm],
      ["report", harm], [harm], ["run", "5", "--device", harm], ["list", "--\(harm)"],
      ["export", "5", "--to", harm], ["doctor", "--device", harm], ["bench", "--only", harm],
      ["run", "5", "--threads", harm], ["memory", "gpt", "--context", harm],
      ["open", "5", "--output", harm], ["export", "5", "--to", "md", "--output", harm],
      ["hint", harm], ["reset", harm], ["bench", "--against", "pytorch", "--python", harm],
    ])
  func anArgumentIsRepeatedOnOneRow(arguments: [String]) throws {
    let lab = try LabProcess()
    let process = try lab.start(LabProcess.binary(), arguments)
    process.waitUntilExit()
    let text = lab.text("out") + lab.text("err")
    #expect(process.terminationStatus != 0)
    #expect(hidden(text) == [], "\(text)")
    #expect(!text.contains("\n✓ Hall"), "\(text)")
  }

  /// The words that `/bin/sh` gives to a stand-in for `lab`.
  private func words(of command: String, in folder: URL) throws -> [String] {
    let printer = "lab() { for word; do printf '%s\\0' \"$word\"; done; }; "
    var shell = try Program(named: "sh", arguments: ["-c", printer + command])
    shell.folder = folder
    return try shell.run().output.split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [
    "it's a;b.txt", "$(touch x) `id` \"q\".txt", "a\nb\u{1B}.txt", "a *b* <i>c.txt",
  ])
  func theCommandOfARunRepeatsIt(name: String) throws {
    let lab = try LabProcess()
    try Data(repeating: 65, count: 30_000).write(to: lab.folder.appendingPathComponent(name))
    let answer = try lab.run(
      "run", "3", "--scale", "smoke", "--quiet", "--output", "runs", "--corpus", name)
    #expect(answer.status <= 1, "\(answer.err)")
    let record = try #require(
      try JSONSerialization.jsonObject(with: Data(lab.text("runs/positions/run.json").utf8))
        as? [String: Any])
    let facts = try #require(record["facts"] as? [String: Any])
    let command = try #require(facts["command"] as? String)
    let got = try words(of: command, in: lab.folder)
    #expect(got.prefix(2) == ["run", "positions"])
    #expect(got.suffix(4) == ["--corpus", name, "--output", "runs"])
    #expect(!FileManager.default.fileExists(atPath: lab.path("x")))
    // The page has it as text, and so have the exports.
    _ = try lab.run("export", "3", "--to", "md", "--output", "runs", "--file", "x.md")
    let markdown = lab.text("x.md")
    #expect(hidden(markdown) == [])
    #expect(!markdown.contains("<i>c") || markdown.contains("\\<i>c"))
    #expect(!lab.text("runs/positions/index.html").contains("<i>c"))
  }

  @Test func theFileOfAnExportIsQuoted() throws {
    let lab = try LabProcess()
    #expect(try lab.run("run", "5", "--scale", "smoke", "--quiet", "--output", "runs").status <= 1)
    let folder = lab.folder.appendingPathComponent("it's a;b")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let answer = try lab.run("export", "5", "--to", "md", "--output", "runs", "--file", "it's a;b")
    #expect(answer.status == 74)
    let line = try #require(
      answer.err.components(separatedBy: "\n").first { $0.contains("--file") })
    let file = "it's a;b/05-flash-tiling.md"
    #expect(try words(of: "lab" + line, in: lab.folder) == ["--file", file])
  }
}
