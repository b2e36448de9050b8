import Foundation
import Testing

/// Features for a class: a time limit, starting in the middle, the progress report.
@Suite(.serialized) struct WorkshopTests {
  @Test func budgetThatIsTooSmallFailsBeforeAnyWork() throws {
    let lab = try LabProcess()
    let answer = try lab.run("run", "positions", "--budget", "0.3")
    #expect(answer.status == 75)
    #expect(answer.out.isEmpty)
    #expect(answer.err.contains("positions takes about"))
    #expect(!FileManager.default.fileExists(atPath: lab.path(".lab/runs/positions/run.json")))
    #expect(try lab.run("run", "positions", "--budget", "0").status == 64)
    let fits = try lab.run(
      "run", "flash-tiling", "--scale", "smoke", "--budget", "60", "--quiet")
    #expect(fits.status == 0)
  }

  @Test func fromShowsTheRestOfThePage() throws {
    let lab = try LabProcess()
    #expect(try lab.run("run", "5", "--scale", "smoke", "--from", "2").status == 64)
    let whole = try lab.run("run", "5", "--scale", "smoke")
    #expect(whole.status == 0)
    let rest = try lab.run("run", "5", "--scale", "smoke", "--from", "read 512")
    #expect(rest.status == 0, "\(rest.err)")
    #expect(rest.out.contains("▸ Read 512 tokens"))
    #expect(!rest.out.contains("▸ Three scores near a hundred"))
    let page = lab.text(".lab/runs/flash-tiling/index.html")
    #expect(page.contains("The terminal shows the run from here"))
    #expect(page.contains("Models that they need: 1; loaded from the cache: 1."))
    #expect(page.contains("Three scores near a hundred"))
    #expect(page.contains("Your turn") && page.contains("lab check online-softmax"))
    let unknown = try lab.run("run", "5", "--scale", "smoke", "--from", "Read 513 tokens")
    #expect(unknown.status == 64)
    #expect(unknown.err.contains("Did you mean 'Read 512 tokens'?"))
    #expect(try lab.run("run", "4", "5", "--from", "2").status == 64)
  }

  @Test func reportOfAClass() throws {
    let lab = try LabProcess()
    _ = try lab.run("run", "5", "--scale", "smoke", "--quiet")
    _ = try lab.run("check", "window-mask")
    try Data(
      "func windowMask(queryCount: Int, keyCount: Int, window: Int, sinkCount: Int) -> [[Bool]] { [] }"
        .utf8
    )
    .write(to: lab.folder.appendingPathComponent("Workbook/04-1-window-mask.swift"))
    _ = try lab.run("check", "window-mask")
    for name in ["anna", "ben", "eva"] {
      try FileManager.default.createDirectory(
        atPath: lab.path("class/\(name)"), withIntermediateDirectories: true)
    }
    try FileManager.default.copyItem(atPath: lab.path(".lab"), toPath: lab.path("class/anna/.lab"))
    try FileManager.default.copyItem(
      atPath: lab.path(".lab/runs"), toPath: lab.path("class/ben/runs"))
    let folders = ["class/anna/.lab", "class/ben", "class/eva"]
    let table = try lab.run("report", folders[0], folders[1], folders[2])
    #expect(table.status == 0)
    #expect(table.out.contains("anna     ·· ·· ··· ✗·· ···· ··· ·· ·· ·· ··  0/25   0/10"))
    #expect(table.out.contains("lessons: those run at standard or full scale."))
    #expect(table.out.contains("window-mask: 1 learner of 3: anna (1 attempt)"))
    #expect(table.out.contains("eva: nothing run yet"))
    let json = try lab.run("report", "--json", folders[0], folders[1], folders[2])
    let object = try JSONSerialization.jsonObject(with: Data(json.out.utf8))
    let reports = try #require(object as? [[String: Any]])
    #expect(reports.map { $0["name"] as? String } == ["anna", "ben", "eva"])
    #expect((reports[1]["lessons"] as? [[String: Any]])?.first?["status"] as? String == "finished")
    #expect((reports[1]["lessons"] as? [[String: Any]])?.first?["isDone"] as? Bool == false)
    for name in ["anna/.lab/runs", "ben/runs"] {
      let file = "class/\(name)/flash-tiling/run.json"
      try lab.write(
        lab.text(file).replacing("\"scale\" : \"smoke\"", with: "\"scale\" : \"standard\""),
        to: file)
    }
    #expect(try lab.run("report", folders[0]).out.contains("0/25   1/10"))
    #expect(try lab.run("report", "nowhere").status == 74)
  }

  /// Folders that other people filled. Each problem is told with its person, and the others are
  /// reported.
  @Test func otherPeoplesFolders() throws {
    let lab = try LabProcess()
    func file(_ person: String, _ name: String) throws -> URL {
      let url = lab.folder.appendingPathComponent("class/\(person)/.lab/\(name)")
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      return url
    }
    let progress = """
      {"attempts": 3, "checked": "", "given": "", "hasSeenSolution": false, "hintsSeen": 0,
       "lastFailure": "\(String(repeating: "x", count: 100_000))", "state": "failed"}
      """
    let good = try file("anna", "progress/04-1-window-mask.json")
    try Data(progress.utf8).write(to: good)
    try Data("{ half".utf8).write(to: file("ben", "progress/04-1-window-mask.json"))
    for person in ["cem", "dora"] {
      for name in ["progress/04-1-window-mask.json", "runs/positions/run.json"] {
        let huge = try file(person, name)
        if person == "cem" {
          FileManager.default.createFile(atPath: huge.path, contents: nil)
          #expect(truncate(huge.path, 20_000_000_000) == 0)
        } else {
          #expect(mkfifo(huge.path, 0o600) == 0)
        }
      }
    }
    for name in ["progress/04-1-window-mask.json", "runs/positions/run.json"] {
      let link = try file("eve", name)
      try FileManager.default.createSymbolicLink(
        at: link, withDestinationURL: name.hasPrefix("runs") ? lab.folder : good)
    }
    for name in ["progress", "runs"] { try Data().write(to: file("finn", name)) }
    try Data().write(to: lab.folder.appendingPathComponent("class/gus"))
    try FileManager.default.createSymbolicLink(
      at: file("ida", "runs"), withDestinationURL: file("ida", "runs"))

    let people = ["anna", "ben", "cem", "dora", "eve", "finn", "gus", "hana", "ida"]
    let folders = people.map { "class/\($0)" }
    let process = try lab.start(LabProcess.binary(), ["report", "--json"] + folders)
    process.waitUntilExit()
    #expect(process.terminationStatus == 74, "\(lab.text("err"))")
    let reports = try #require(
      try JSONSerialization.jsonObject(with: Data(lab.text("out").utf8)) as? [[String: Any]])
    #expect(reports.map { $0["name"] as? String } == people)
    let problems = reports.map { ($0["problems"] as? [String] ?? []).joined(separator: "\n") }
    #expect(problems[0].isEmpty)
    let sentences = [
      "It is damaged", "at most", "It is a pipe", "symbolic link", "Not a directory",
      "gus cannot be read: Not a directory", "hana cannot be read: No such file",
      "Too many levels of symbolic links",
    ]
    for (problem, sentence) in zip(problems.dropFirst(), sentences) {
      #expect(problem.contains(sentence), "\(problem)")
    }
    for problem in problems[2...4] {
      #expect(problem.contains("window-mask.json") && problem.contains("positions/run.json"))
    }
    let table = try lab.run("report", folders[0], folders[1], folders[7])
    #expect(table.status == 74)
    #expect(
      table.out.contains("window-mask: 1 learner of 3: anna (3 attempts)") && table.out.count < 5000
    )
    #expect(table.out.contains("damaged") && table.out.contains("hana"))
  }

  @Test func folderNamedTwiceIsCountedOnce() throws {
    let lab = try LabProcess()
    try FileManager.default.createDirectory(
      atPath: lab.path("eva/.lab"), withIntermediateDirectories: true)
    let answer = try lab.run("report", "--json", "eva", "./eva/", "eva/.lab")
    #expect(answer.status == 0)
    let reports = try JSONSerialization.jsonObject(with: Data(answer.out.utf8)) as? [[String: Any]]
    #expect(reports?.count == 1)
    #expect(answer.err.contains("counted once"))
  }

  @Test func emptyFolderNameIsWrongUsage() throws {
    let answer = try LabProcess().run("report", "")
    #expect(answer.status == 64)
    #expect(answer.err.contains("not a folder name") && answer.out.isEmpty)
  }

  @Test func damagedRecordIsReported() throws {
    let lab = try LabProcess()
    let folder = lab.folder.appendingPathComponent("runs/positions")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data("{ half".utf8).write(to: folder.appendingPathComponent("run.json"))
    let answer = try lab.run("report", lab.folder.path)
    #expect(answer.status == 0)
    #expect(answer.out.contains("positions:"))
  }
}
