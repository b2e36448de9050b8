import Foundation
import LessonKit
import OpenCLBackend
import TestSupport
import Testing

@Suite struct RunTests {
  @Test func standardOutputIsOnlyJSON() throws {
    let lab = try LabProcess()
    let answer = try lab.run("run", "3", "--scale", "smoke", "--seed", "5", "--json")
    let object = try JSONSerialization.jsonObject(with: Data(answer.out.utf8))
    let summary = try #require(object as? [String: Any])
    #expect(summary["lesson"] as? String == "positions")
    #expect(summary["scale"] as? String == "smoke")
    #expect(summary["seed"] as? Int == 5)
    #expect(summary["status"] as? String == "finished")
    let claims = try #require(summary["claims"] as? [[String: Any]])
    #expect(answer.status == (claims.contains { $0["holds"] as? Bool == false } ? 1 : 0))
    let page = try #require(summary["page"] as? String)
    #expect(FileManager.default.fileExists(atPath: page))
    #expect(try lab.run("open", "positions").out == page + "\n")
    let list = try lab.run("list")
    #expect(list.status == 0)
    #expect(list.out.contains("positions") && list.out.contains("finished at smoke"))
  }

  @Test(.needs("OpenCL device", "'make test' installs PoCL") { !OpenCLDevice.all().isEmpty })
  func bothDevicesAgree() throws {
    let lab = try LabProcess()
    let answer = try lab.run("run", "recomputation", "--scale", "smoke", "--device", "both")
    #expect(answer.status == 0)
    // A table: the two devices, then one row per claim with both values first.
    #expect(answer.out.contains("\n  A  cpu\n  B  \(OpenCLDevice.all()[0].label)\n"))
    let rows = answer.out.components(separatedBy: "\n").filter { $0.hasPrefix("  ✓ ") }
    #expect(!rows.isEmpty)
    for row in rows { #expect(row.count <= 80, "\(row)") }
    for model in ["✓ GPT, largest", "✓ LLaMA, largest", "✓ ALiBi in a window, largest"] {
      #expect(answer.out.contains(model))
    }
    let devices = try ["on-cpu/recomputation", "recomputation"].map { folder -> String in
      let data = FileManager.default.contents(atPath: lab.path(".lab/runs/\(folder)/run.json"))
      let object = try JSONSerialization.jsonObject(with: try #require(data)) as? [String: Any]
      return (object?["facts"] as? [String: Any])?["device"] as? String ?? ""
    }
    #expect(devices.first == "cpu" && devices.last == OpenCLDevice.all().first?.label)
    if OpenCLDevice.all().first?.isGPU == false { #expect(answer.err.contains("There is no GPU")) }
  }

  @Test func noEscapeCodesWithoutATerminal() throws {
    let answer = try LabProcess().run("run", "positions", "--scale", "smoke")
    #expect(answer.out.contains("Lesson 3") && answer.out.contains("Claims: "))
    #expect(!answer.out.contains("\u{1B}") && !answer.err.contains("\u{1B}"))
    #expect(answer.err.contains("start: ") && answer.err.contains("done: "))
  }

  @Test func outputAndGalleryFolders() throws {
    let lab = try LabProcess()
    let answer = try lab.run(
      "run", "all", "--scale", "smoke", "--quiet", "--output", "runs", "--gallery", "pictures")
    #expect([0, 1].contains(answer.status))
    #expect(answer.err.isEmpty)
    #expect(FileManager.default.fileExists(atPath: lab.path("runs/positions/index.html")))
    let course = try String(contentsOfFile: lab.path("runs/index.html"), encoding: .utf8)
    #expect(course.contains("<a href=\"positions/index.html\">"))
    let lessons = try FileManager.default.contentsOfDirectory(atPath: lab.path("runs"))
      .filter { $0 != "index.html" && !$0.hasPrefix(".") }
    let figures = try lessons.flatMap { lesson -> [String] in
      let record = try #require(
        FileManager.default.contents(atPath: lab.path("runs/\(lesson)/run.json")))
      let object = try JSONSerialization.jsonObject(with: record) as? [String: Any]
      let cells = try #require(object?["cells"] as? [[String: Any]])
      return cells.compactMap { ($0["figure"] as? [String: Any])?["file"] as? String }
    }
    #expect(!figures.isEmpty)
    let copied = try FileManager.default.contentsOfDirectory(atPath: lab.path("pictures"))
    #expect(copied.sorted() == figures.sorted())
    for lesson in lessons {
      let file = "runs/\(lesson)/run.json"
      let record = try RunRecord.decoded(from: Data(lab.text(file).utf8), at: file)
      for path in record.foldedListings {
        Issue.record("\(lesson) shows \(path) without a focus, so the page folds all of it")
      }
    }
  }

  /// Ctrl-C in the middle of a step ends the program at once; finished steps are on disk.
  @Test func interruptKeepsFinishedSteps() throws {
    let lab = try LabProcess()
    let process = try lab.start(LabProcess.binary(), ["run", "positions", "--scale", "standard"])
    let deadline = ContinuousClock.now + .seconds(30)
    while !lab.text("err").contains("start: "), ContinuousClock.now < deadline {
      idle(seconds: 0.02)
    }
    idle(seconds: 0.3)
    #expect(process.isRunning)
    let stopped = ContinuousClock.now
    process.interrupt()
    process.waitUntilExit()
    #expect(ContinuousClock.now - stopped < .seconds(3))
    #expect(process.terminationStatus == 130)
    #expect(lab.text("err").contains("The run was stopped"))
    let record = try #require(
      FileManager.default.contents(atPath: lab.path(".lab/runs/positions/run.json")))
    let object = try JSONSerialization.jsonObject(with: record) as? [String: Any]
    #expect((object?["state"] as? [String: Any])?["status"] as? String == "interrupted")
    #expect(lab.text(".lab/runs/positions/index.html").contains("The run was stopped"))
  }

  /// Ctrl-C works in every lesson of a run, not only in the first. A child of a test can inherit
  /// blocked signals; python3 unblocks them.
  @Test(.needs(program: "python3"))
  func interruptWorksInALaterLessonToo() throws {
    let lab = try LabProcess()
    let script = """
      import os, signal, sys
      signal.pthread_sigmask(signal.SIG_SETMASK, [])
      os.execv(sys.argv[1], sys.argv[1:])
      """
    let process = try lab.start(
      URL(fileURLWithPath: "/usr/bin/python3"),
      ["-c", script, LabProcess.binary().path]
        + ["run", "all", "--scale", "smoke", "--output", "runs"])
    let later = lab.path("runs/sparse-masks/run.json")
    let deadline = ContinuousClock.now + .seconds(60)
    while !FileManager.default.fileExists(atPath: later), ContinuousClock.now < deadline {
      idle(seconds: 0.01)
    }
    idle(seconds: 0.1)
    try #require(process.isRunning)
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    #expect(!FileManager.default.fileExists(atPath: lab.path("runs/hundred-thousand/run.json")))
    #expect(lab.text("runs/index.html").contains("interrupted at scale smoke"))
  }

  /// `script` (bsdutils) gives the program a terminal.
  @Test(.needs(program: "script"))
  func colorAtATerminal() throws {
    func atTerminal(_ arguments: String, _ environment: [String: String]) throws -> String {
      let lab = try LabProcess()
      let command = "'\(try LabProcess.binary().path)' \(arguments)"
      let process = try lab.start(
        URL(fileURLWithPath: "/usr/bin/script"), ["-qec", command, "/dev/null"],
        environment: ["NO_COLOR": "", "TERM": "xterm"].merging(environment) { $1 })
      process.waitUntilExit()
      return lab.text("out")
    }
    #expect(try atTerminal("list", [:]).contains("\u{1B}[1m"))
    #expect(try !atTerminal("list", ["NO_COLOR": "1"]).contains("\u{1B}[1m"))
    #expect(try !atTerminal("list", ["TERM": "dumb"]).contains("\u{1B}"))
    #expect(try !atTerminal("list --no-color", [:]).contains("\u{1B}[1m"))
    let bare = try atTerminal("", [:])
    #expect(bare.contains("0 of ") && bare.contains("lab run why-context"))
    #expect(!bare.contains("USAGE"))
  }

  @Test func exportsNeedOnlyTheRecord() throws {
    let lab = try LabProcess()
    #expect(try lab.run("export", "3", "--to", "md").status == 74)
    _ = try lab.run("run", "flash-tiling", "--scale", "smoke", "--quiet")
    try FileManager.default.createDirectory(
      atPath: lab.path("notes"), withIntermediateDirectories: false)
    for format in ["html", "ipynb", "md"] {
      let answer = try lab.run("export", "5", "--to", format, "--file", "notes/page.\(format)")
      #expect(answer.status == 0)
      #expect(FileManager.default.fileExists(atPath: lab.path("notes/page.\(format)")))
    }
    let text = lab.text("notes/page.md")
    let pictures = try FileManager.default.contentsOfDirectory(atPath: lab.path("notes"))
      .filter { $0.hasSuffix(".png") }
    #expect(!pictures.isEmpty)
    for picture in pictures { #expect(text.contains("](\(picture))")) }
  }

  /// The sentence names the option of this command.
  @Test func exportToAnInvalidPath() throws {
    let lab = try LabProcess()
    _ = try lab.run("run", "flash-tiling", "--scale", "smoke", "--quiet")
    try FileManager.default.createDirectory(
      atPath: lab.path("notes"), withIntermediateDirectories: true)
    for (file, sentence) in [
      ("notes", "is a folder"), ("new/", "is a folder"),
      (".lab/runs/flash-tiling/run.json/page.md", "is a file, not a folder"),
    ] {
      let answer = try lab.run("export", "5", "--to", "md", "--file", file)
      #expect(answer.status == 74, "\(file)")
      #expect(answer.err.contains(sentence), "\(answer.err)")
      #expect(answer.err.contains("--file") && !answer.err.contains("--output"))
      #expect(answer.out.isEmpty)
    }
    #expect(
      try lab.run("export", "5", "--to", "md", "--file", "notes").err
        .contains("notes/05-flash-tiling.md"))
  }

  @Test(
    .needs(file: "/dev/full"),
    arguments: [
      "list", "list --json", "", "--help", "run --help", "help", "--version",
      "--generate-completion-script bash",
    ])
  func incompleteOutputIsAnError(arguments: String) throws {
    let lab = try LabProcess()
    let binary = try LabProcess.binary()
    let process = try lab.start(
      URL(fileURLWithPath: "/bin/sh"), ["-c", "'\(binary.path)' \(arguments) > /dev/full"])
    process.waitUntilExit()
    #expect(process.terminationStatus == 74)
    #expect(lab.text("err").contains("No space left on device"))
  }

  /// A file that is opened later must not get the descriptor of a closed stream: output would be
  /// written into it.
  @Test func closedOutputIsAnError() throws {
    let lab = try LabProcess()
    let command = "'\(try LabProcess.binary().path)' run flash-tiling --scale smoke --quiet"
    for streams in [">&-", ">&- <&-"] {
      let process = try lab.start(URL(fileURLWithPath: "/bin/sh"), ["-c", "\(command) \(streams)"])
      process.waitUntilExit()
      #expect(process.terminationStatus == 74)
      #expect(lab.text("err").contains("Bad file descriptor"), "\(lab.text("err"))")
    }
  }

  @Test func steppingNeedsATerminal() throws {
    let answer = try LabProcess().run("run", "5", "--step")
    #expect(answer.status == 64)
    #expect(answer.err.contains("no terminal"))
  }
}

extension RunRecord {
  /// The files of listings of which a page shows nothing unasked.
  fileprivate var foldedListings: [String] {
    cells.compactMap { cell in
      switch cell.content {
      case .source(let excerpt): excerpt
      case .step(let step): step.source
      default: nil
      }
    }.filter { $0.shownLines?.isEmpty == true }.map { "\($0.path), line \($0.firstLine)" }
  }
}
