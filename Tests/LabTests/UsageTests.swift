import Foundation
import Testing

/// Wrong usage and missing files give a sentence and the exit code that the help lists.
@Suite struct UsageTests {
  @Test func helpListsTheExitCodes() throws {
    let answer = try LabProcess().run("--help")
    #expect(answer.status == 0)
    for code in ["0", "1", "64", "69", "74", "75", "130"] {
      #expect(answer.out.contains("\n  \(code) "), "the help does not name \(code)")
    }
  }

  @Test func bareLabWithoutATerminalPrintsTheHelp() throws {
    let answer = try LabProcess().run()
    #expect(answer.status == 0)
    #expect(answer.out.contains("USAGE: lab"))
  }

  @Test(arguments: [["run", "postions"], ["open", "postions"]])
  func unknownLessonSuggestsTheNearest(arguments: [String]) throws {
    let answer = try LabProcess().run(arguments[0], arguments[1])
    #expect(answer.status == 64)
    #expect(answer.out.isEmpty)
    #expect(answer.err == "lab: There is no lesson 'postions'. Did you mean 'positions'?\n")
  }

  @Test(arguments: [
    ("--seed", "-1", "whole number"), ("--seed", "18446744073709551616", "whole number"),
    ("--seed", "one", "whole number"), ("--threads", "0", "from 1 to"),
    ("--threads", "-2", "from 1 to"), ("--threads", "100000", "from 1 to"),
    ("--scale", "huge", "'smoke', 'standard' or 'full'"),
  ])
  func optionValuesOutOfRange(option: String, value: String, sentence: String) throws {
    let lab = try LabProcess()
    let answer = try lab.run("run", "positions", option, value)
    #expect(answer.status == 64)
    #expect(answer.err.contains(sentence) && answer.err.contains(value))
    #expect(answer.out.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: lab.path(".lab")))
  }

  @Test func unknownCommandSuggestsTheNearest() throws {
    let answer = try LabProcess().run("chekc", "5")
    #expect(answer.status == 64)
    #expect(answer.err == "lab: There is no command 'chekc'. Did you mean 'lab check'?\n")
  }

  @Test func unknownDeviceIsExit69() throws {
    let lab = try LabProcess()
    for name in ["abacus", "gpu:99"] {
      let answer = try lab.run("run", "positions", "--device", name)
      #expect(answer.status == 69)
      #expect(answer.err.contains("There is no device '\(name)'"))
      #expect(answer.err.contains("--device cpu"))
      #expect(answer.out.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: lab.path(".lab")))
    }
  }

  @Test func missingAndUnknownArguments() throws {
    #expect(try LabProcess().run("run").status == 64)
    #expect(try LabProcess().run("fly").status == 64)
    #expect(try LabProcess().run("run", "positions", "--fly").status == 64)
  }

  @Test(arguments: [
    ("missing", "No such file or directory"), ("empty", "is empty"), ("folder", "it is a folder"),
    ("pipe", "it is not a regular file"),
  ])
  func unusableCorpus(name: String, sentence: String) throws {
    let lab = try LabProcess()
    try Data().write(to: lab.folder.appendingPathComponent("empty"))
    try FileManager.default.createDirectory(
      atPath: lab.path("folder"), withIntermediateDirectories: true)
    mkfifo(lab.path("pipe"), 0o600)
    let answer = try lab.run("run", "positions", "--corpus", lab.path(name))
    #expect(answer.status == 74)
    #expect(answer.err.contains(sentence) && answer.err.contains("--corpus FILE"))
    #expect(!FileManager.default.fileExists(atPath: lab.path(".lab")))
  }

  @Test func tooShortTextIsAnError() throws {
    let lab = try LabProcess()
    try Data("In the beginning".utf8).write(to: lab.folder.appendingPathComponent("short"))
    let answer = try lab.run("run", "positions", "--scale", "smoke", "--corpus", lab.path("short"))
    #expect(answer.status == 74)
    #expect(answer.err.contains("too short") && answer.err.contains("--corpus FILE"))
  }

  /// The length of the text is checked before the first step, also for what the last step reads. A
  /// text with exactly the longest sequence is enough.
  @Test(arguments: [
    ("2", 128), ("3", 256), ("4", 128), ("5", 512), ("6", 32), ("7", 32), ("10", 2001),
  ])
  func textTooShortForTheLastStepFailsBeforeTheFirst(lesson: String, longest: Int) throws {
    let lab = try LabProcess()
    let text = Data((0..<(longest + 2) * 10).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) })
    try text.write(to: lab.folder.appendingPathComponent("enough"))
    try text.prefix(longest * 10).write(to: lab.folder.appendingPathComponent("short"))
    let short = try lab.run("run", lesson, "--scale", "smoke", "--corpus", "short")
    #expect(short.status == 74)
    #expect(short.err.contains("too short") && short.err.contains("takes \(longest + 1)"))
    #expect(!short.err.contains("start: "), "\(short.err)")
    let enough = try lab.run("run", lesson, "--scale", "smoke", "--quiet", "--corpus", "enough")
    #expect([0, 1].contains(enough.status), "\(enough.err)")
  }

  @Test(arguments: ["hint", "check", "solution"]) func emptyNameHasNoSuggestion(command: String)
    throws
  {
    let answer = try LabProcess().run(command, "")
    #expect(answer.status == 64)
    #expect(!answer.err.contains("Did you mean"))
    #expect(answer.err.contains("lab check --list"))
  }

  @Test func negativeNumbersAreParsedAsNumbers() throws {
    for arguments in [
      ["run", "5", "--budget", "-3"], ["memory", "--layers", "-3", "--width", "8", "--heads", "2"],
      ["memory", "LLaMA 7B", "--batch", "-3"], ["memory", "LLaMA 7B", "--price", "-3"],
      ["memory", "LLaMA 7B", "--kv-heads", "-3"], ["memory", "LLaMA 7B", "--devices", "-3"],
    ] {
      let lab = try LabProcess()
      let process = try lab.start(LabProcess.binary(), arguments)
      process.waitUntilExit()
      #expect(process.terminationStatus == 64)
      #expect(!lab.text("err").contains("Missing value"), "\(arguments)")
      #expect(lab.text("err").contains("-3"), "\(lab.text("err"))")
    }
  }

  @Test func textNeedNotBeUTF8() throws {
    let lab = try LabProcess()
    let bytes = Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ 0xFF) })
    try bytes.write(to: lab.folder.appendingPathComponent("bytes"))
    let answer = try lab.run("run", "positions", "--scale", "smoke", "--corpus", lab.path("bytes"))
    #expect(answer.status == 0, "\(answer.err)")
  }

  @Test func unwritableOutputFailsBeforeAnyWork() throws {
    let lab = try LabProcess()
    try Data("in the way".utf8).write(to: lab.folder.appendingPathComponent("file"))
    let answer = try lab.run("run", "positions", "--scale", "smoke", "--output", lab.path("file"))
    #expect(answer.status == 74)
    #expect(answer.out.isEmpty)
    #expect(answer.err.hasPrefix("lab: Cannot write \(lab.path("file"))/positions: "))
    #expect(answer.err.contains("--output DIR"))
  }

  @Test func openingALessonThatWasNotRun() throws {
    let answer = try LabProcess().run("open", "positions")
    #expect(answer.status == 74)
    #expect(answer.err.contains("lab run positions"))
  }

  @Test func doctorNamesTheFix() throws {
    let answer = try LabProcess().run("doctor", environment: ["PATH": "/nowhere"])
    #expect(answer.status == 74)
    #expect(answer.out.contains("[FAIL] gnuplot") && answer.out.contains("apt-get install gnuplot"))
    #expect(answer.out.contains("[OK]   Memory"))
  }

  @Test func doctorAsJSON() throws {
    let answer = try LabProcess().run("doctor", "--json", environment: ["PATH": "/nowhere"])
    let object = try JSONSerialization.jsonObject(with: Data(answer.out.utf8))
    let findings = try #require(object as? [[String: Any]])
    #expect(findings.count >= 6)
    for finding in findings {
      #expect(Set(finding.keys) == ["name", "ok", "detail", "fix"])
      #expect((finding["ok"] as? Bool == true) == (finding["fix"] is NSNull))
    }
  }
}
