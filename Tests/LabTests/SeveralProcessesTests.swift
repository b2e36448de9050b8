import Foundation
import Testing

/// Several `lab` at once in one folder.
@Suite struct SeveralProcessesTests {
  /// A value in a record, by its path of keys.
  private func value(_ keys: String..., in file: String, of lab: LabProcess) throws -> Any? {
    let data = try #require(FileManager.default.contents(atPath: lab.path(file)))
    var object: Any? = try JSONSerialization.jsonObject(with: data)
    for key in keys { object = (object as? [String: Any])?[key] }
    return object
  }

  private func wait(for path: String) throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while !FileManager.default.fileExists(atPath: path) {
      try #require(ContinuousClock.now < deadline, "\(path) was not written")
      usleep(10_000)
    }
  }

  /// Starts a program whose output is in files of this name.
  private func start(
    _ lab: LabProcess, _ arguments: [String], output name: String
  ) throws -> Process {
    let command = "exec \"$0\" \"$@\" > '\(name).out' 2> '\(name).err'"
    return try lab.start(
      URL(fileURLWithPath: "/bin/sh"), ["-c", command, LabProcess.binary().path] + arguments)
  }

  @Test func aSecondRunInAFolderNamesTheFirst() throws {
    let lab = try LabProcess()
    let first = try start(
      lab, ["run", "positions", "--seed", "1", "--threads", "1", "--quiet"], output: "first")
    try wait(for: lab.path(".lab/runs/positions/run.json"))
    // The shell has become lab, so this is its number.
    let holder =
      "process \(first.processIdentifier) (lab run positions --seed 1 --threads 1 --quiet)"
    for arguments in [["run", "3"], ["run", "all", "--scale", "smoke"]] {
      let second = try start(lab, arguments + ["--seed", "2"], output: "second")
      second.waitUntilExit()
      #expect(second.terminationStatus == 75)
      let message = lab.text("second.err")
      #expect(message.contains("Another run writes") && message.contains(holder), "\(message)")
      #expect(message.contains("--output DIR"))
    }
    #expect(try value("facts", "seed", in: ".lab/runs/positions/run.json", of: lab) as? Int == 1)
    #expect(
      !FileManager.default.fileExists(atPath: lab.path(".lab/runs/why-context/run.json")),
      "nothing of 'run all' has begun")
    // Elsewhere it may run, and readers are not refused.
    #expect(try lab.run("run", "2", "--scale", "smoke", "--quiet").status == 0)
    #expect(try lab.run("list").out.contains("running at standard"))
    #expect(try lab.run("open", "positions").status == 0)
    #expect(try lab.run("export", "3", "--to", "md").status == 0)
    #expect(try lab.run("report", ".").status == 0)
    #expect(try lab.run("open").status == 0)
    kill(first.processIdentifier, SIGKILL)
    first.waitUntilExit()
    // The lock of a killed process is gone.
    #expect(try lab.run("run", "3", "--scale", "smoke", "--seed", "2", "--quiet").status == 0)
    let smoke = ".lab/runs/positions.smoke/run.json"
    #expect(try value("facts", "seed", in: smoke, of: lab) as? Int == 2)
    #expect(try lab.run("list").out.contains("finished at smoke"))
  }

  /// Two runs of one lesson, with one cache and one gallery, beside a check: each ends as if it
  /// were alone.
  @Test func runsAndChecksAtOnce() throws {
    let lab = try LabProcess()
    let common = ["--scale", "smoke", "--gallery", "pictures", "--json"]
    let runs = try ["a", "b"].map { name in
      try start(lab, ["run", "why-context", "--output", name] + common, output: name)
    }
    let check = try start(lab, ["check", "window-mask", "--json"], output: "check")
    for process in runs + [check] { process.waitUntilExit() }
    #expect(runs.map(\.terminationStatus) == [0, 0], "\(lab.text("a.err")) \(lab.text("b.err"))")
    #expect(check.terminationStatus == 1)
    #expect(lab.text("check.out").contains("not attempted"))
    let claims = try ["a", "b"].map { name -> [String] in
      let summary = try JSONSerialization.jsonObject(with: Data(lab.text("\(name).out").utf8))
      let claims = (summary as? [String: Any])?["claims"] as? [[String: Any]]
      return try #require(claims).map { "\($0["id"] ?? "") \($0["value"] ?? "")" }
    }
    #expect(claims[0] == claims[1] && !claims[0].isEmpty)
    for folder in ["a", "b", "pictures", ".lab/cache"] {
      let names = try FileManager.default.contentsOfDirectory(atPath: lab.path(folder))
      #expect(!names.contains { $0.hasSuffix(".partial") }, "\(names)")
    }
    // Both models are whole.
    let again = try lab.run("run", "why-context", "--scale", "smoke")
    #expect(again.status == 0)
    #expect(again.out.components(separatedBy: "loaded from the cache").count == 3)
  }

  /// The page of the course is made from the newest records: of several that write it, each waits
  /// for the one before it.
  @Test func severalWritersOfTheCoursePage() throws {
    let lab = try LabProcess()
    let runs = try ["2", "6", "7"].map { lesson in
      try start(lab, ["run", lesson, "--scale", "smoke", "--quiet"], output: lesson)
    }
    for process in runs {
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
    let page = lab.text(".lab/runs/index.html")
    #expect(page.components(separatedBy: "finished at scale smoke").count == 4)
  }
}
