import Foundation
import TestSupport
import Testing

/// Runs that are killed, disks that are full, folders that vanish, and folders that cannot be
/// written.
@Suite struct HardEndTests {
  private static let lesson = "why-context"
  private static let run = ["run", lesson, "--scale", "smoke", "--quiet"]

  private func start(
    _ lab: LabProcess, _ arguments: [String] = run, _ environment: [String: String] = [:]
  ) throws -> (status: Int32, reason: Process.TerminationReason, out: String, err: String) {
    let process = try lab.start(LabProcess.binary(), arguments, environment: environment)
    process.waitUntilExit()
    return (process.terminationStatus, process.terminationReason, lab.text("out"), lab.text("err"))
  }

  /// Paths of all files below a folder, but for locks, which stay.
  private func files(_ lab: LabProcess, _ folder: String = ".lab") -> Set<String> {
    let names = FileManager.default.enumerator(atPath: lab.path(folder))?.compactMap {
      $0 as? String
    }
    return Set((names ?? []).filter { !$0.hasSuffix(".lock") })
  }

  /// A run that was killed while it wrote can be read and run again, with the same results, and what
  /// it left is removed when it is a day old.
  @Test(.needs("C compiler for a faulty disk on Linux") { FaultyDisk.isPossible })
  func killedWhileWriting() throws {
    let (lab, whole) = (try LabProcess(), try LabProcess())
    #expect(try start(whole).status == 0)
    let disk = try FaultyDisk(in: lab.folder)
    let kills = [
      disk.environment(.killHalfway, at: 1, .write, path: "runs/\(Self.lesson)"),
      disk.environment(.kill, at: 1, .rename, path: "runs/\(Self.lesson)/run.json"),
      disk.environment(.killHalfway, at: 1, .write, path: ".lab/cache"),
      disk.environment(.kill, at: 2, .rename, path: ".lab/cache"),
      disk.environment(.kill, at: 1, .rename, path: ".png"),
      disk.environment(.kill, at: 9, .rename, path: "runs/\(Self.lesson)/run.json"),
      disk.environment(.kill, at: 4, .rename, path: "runs/\(Self.lesson)/index.html"),
      disk.environment(.killHalfway, at: 1, .write, path: "runs/.lab-"),
    ]
    for (number, environment) in kills.enumerated() {
      let killed = try start(lab, Self.run, environment)
      #expect(killed.reason == .uncaughtSignal && killed.status == SIGKILL, "kill \(number)")
      for command in [["list"], ["report", "."], ["open"]] {
        #expect(try start(lab, command).status == 0, "kill \(number), \(command)")
      }
      let export = try start(lab, ["export", "1", "--to", "html"])
      #expect([0, 74].contains(export.status) && export.reason == .exit, "kill \(number)")
      #expect(export.status == 0 || export.err.hasPrefix("lab: "), "\(export.err)")
    }
    let left = files(lab).subtracting(files(whole)).filter { !$0.hasPrefix("exports") }
    #expect(!left.isEmpty, "a killed run leaves something")
    for name in left {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -90_000)],
        ofItemAtPath: lab.path(".lab/\(name)"))
    }
    let last = try start(lab)
    #expect(last.status == 0, "\(last.err)")
    #expect(files(lab).filter { !$0.hasPrefix("exports") } == files(whole))
    let records = try [lab, whole].map { lab in
      let data = try #require(
        FileManager.default.contents(atPath: lab.path(".lab/runs/\(Self.lesson)/run.json")))
      let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
      let cells = try #require(object?["cells"] as? [[String: Any]])
      return cells.compactMap { $0["claim"] as? [String: Any] }.map { "\($0["value"] ?? "")" }
    }
    #expect(records[0] == records[1] && !records[0].isEmpty)
  }

  /// Ended in the middle of a training, by the signal that no process can catch.
  @Test func killedInTraining() throws {
    let lab = try LabProcess()
    let process = try lab.start(
      LabProcess.binary(), ["run", "positions", "--threads", "1"])
    let deadline = ContinuousClock.now + .seconds(120)
    // This step trains its first model for many seconds.
    while !lab.text("err").contains("start: Train"), ContinuousClock.now < deadline {
      usleep(10_000)
    }
    try #require(lab.text("err").contains("start: Train"))
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(try lab.run("list").out.contains("killed at standard"))
    #expect(try lab.run("run", "positions", "--scale", "smoke", "--quiet").status == 0)
    #expect(try lab.run("list").out.contains("finished at smoke"))
  }

  /// A disk that is full for one kind of file.
  @Test(.needs("C compiler for a faulty disk on Linux") { FaultyDisk.isPossible })
  func fullDiskInEachWriter() throws {
    let lab = try LabProcess()
    let disk = try FaultyDisk(in: lab.folder)
    let full = "No space left on device"

    // If a model cannot be saved, this run succeeds and the next one trains it again.
    let uncached = try start(
      lab, ["run", Self.lesson, "--scale", "smoke"],
      disk.environment(.full, .write, path: ".lab/cache"))
    #expect(uncached.status == 0, "\(uncached.err)")
    #expect(uncached.out.contains("trained, but not saved for later runs. \(full)"))
    #expect(uncached.out.components(separatedBy: "Nothing could be saved in").count == 2)
    #expect(files(lab, ".lab/cache") == [])

    for (path, sentence) in [
      (".lab/runs/\(Self.lesson)/", full), (".png", "the disk is full"),
      (".lab/runs", full),
    ] {
      let call: FaultyDisk.Call = path == ".png" ? .rename : .write
      let answer = try start(lab, Self.run, disk.environment(.full, call, path: path))
      #expect(answer.status == 74, "\(path): \(answer.err)")
      #expect(answer.err.contains(sentence), "\(path): \(answer.err)")
    }
    // The finished run is kept through all of it.
    #expect(lab.text(".lab/runs/\(Self.lesson).earlier/run.json").contains("\"finished\""))
    #expect(try start(lab).status == 0)

    // The page of the course is not the result of a run.
    let index = try start(
      lab, Self.run, disk.environment(.full, .rename, path: "runs/index.html"))
    #expect(index.status == 0)
    #expect(index.err.contains("index.html: \(full)"), "\(index.err)")

    for (arguments, path) in [
      (["export", "1", "--to", "md"], ".lab/exports"),
      (["export", "1", "--to", "ipynb"], ".lab/exports"),
      (Self.run + ["--gallery", "pictures"], "pictures"),
    ] {
      let answer = try start(lab, arguments, disk.environment(.full, .write, path: path))
      #expect(answer.status == 74, "\(arguments)")
      #expect(answer.err.contains(full), "\(arguments): \(answer.err)")
    }
    #expect(!files(lab).contains { $0.hasSuffix(".partial") })
  }

  /// `rm -rf` in the middle of a run.
  @Test(.needs("C compiler for a faulty disk on Linux") { FaultyDisk.isPossible })
  func foldersThatVanish() throws {
    let lab = try LabProcess()
    let disk = try FaultyDisk(in: lab.folder)
    let record = "\(Self.lesson)/run.json"

    let output = try start(
      lab, Self.run + ["--output", "runs"],
      disk.environment(.remove(lab.path("runs")), at: 3, .rename, path: record))
    #expect(output.status == 74)
    #expect(output.err.contains("was removed or moved while the run went on"), "\(output.err)")

    let cache = try start(
      lab, Self.run, disk.environment(.remove(lab.path(".lab/cache")), at: 1, .rename, path: ".png")
    )
    #expect(cache.status == 0, "\(cache.err)")

    let temporary = lab.path("temporary")
    try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
    let variables = disk.environment(.remove(temporary), at: 2, .rename, path: record)
    let figures = try start(
      lab, ["run", "flash-tiling", "--scale", "smoke", "--quiet"],
      variables.merging(["TMPDIR": temporary, "DISK_PATH": "flash-tiling/run.json"]) { $1 })
    #expect([0, 74].contains(figures.status))
    if figures.status == 74 { #expect(figures.err.contains("TMPDIR"), "\(figures.err)") }

    let inside = lab.folder.appendingPathComponent("inside")
    try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
    let command = "cd inside && exec \"$0\" \"$@\""
    let process = try lab.start(
      URL(fileURLWithPath: "/bin/sh"), ["-c", command, LabProcess.binary().path] + Self.run,
      environment: disk.environment(.remove(inside.path), at: 3, .rename, path: record))
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 74)
    #expect(lab.text("err").contains("was removed or moved"), "\(lab.text("err"))")
  }

  @Test(arguments: ["list", "", "run 5", "check", "hint", "open", "export 5 --to md", "report ."])
  func aCurrentFolderThatIsGone(arguments: String) throws {
    let lab = try LabProcess()
    let command =
      "mkdir gone && cd gone && rmdir ../gone && '\(try LabProcess.binary().path)' \(arguments)"
    let process = try lab.start(URL(fileURLWithPath: "/bin/sh"), ["-c", command])
    process.waitUntilExit()
    #expect(process.terminationStatus == 74)
    #expect(lab.text("err").contains("The current folder no longer exists"), "\(lab.text("err"))")
  }

  /// What reads works on a read-only mount; what writes says so in a sentence.
  @Test(.needs("way to mount a folder", "allow user namespaces") { LabProcess.canMount })
  func aReadOnlyFolder() throws {
    let lab = try LabProcess()
    #expect(try start(lab).status == 0)
    let commands = [
      ("list", 0), ("open \(Self.lesson)", 0), ("open", 0), ("report .", 0), ("", 0),
      ("check --list", 0), ("export 1 --to md --file \"$out/page.md\"", 0),
      ("export 1 --to md", 74), ("run 1 --scale smoke", 74), ("check window-mask", 74),
      ("hint window-mask", 74),
    ]
    let binary = try LabProcess.binary().path
    let script =
      "out=$PWD/outside; mkdir inside outside; mount --bind . inside; "
      + "mount -o remount,ro,bind inside; cd inside; "
      + commands.map {
        "'\(binary)' \($0.0) > \"$out/out\" 2> \"$out/err\"; "
          + "echo \"$? $(head -c 300 \"$out/err\" | tr '\\n' ' ')\"; "
      }.joined()
    let process = try lab.start(
      URL(fileURLWithPath: "/usr/bin/env"), ["unshare", "-rm", "sh", "-c", script])
    process.waitUntilExit()
    let lines = lab.text("out").split(separator: "\n").map(String.init)
    try #require(lines.count == commands.count, "\(lines)")
    for ((command, status), line) in zip(commands, lines) {
      #expect(line.hasPrefix("\(status) "), "\(command): \(line)")
      if status != 0 { #expect(line.contains("Read-only file system"), "\(command): \(line)") }
      #expect(!line.contains("error 5"), "\(command): \(line)")
    }
  }

  /// `--from` names a step of a run that is not there: the command was wrong, nothing failed.
  @Test func fromWithoutARunIsUsage() throws {
    let lab = try LabProcess()
    let answer = try lab.run("run", "3", "--from", "2", "--scale", "smoke")
    #expect(answer.status == 64)
    #expect(answer.err.contains("'positions' has none here. Run the whole lesson first"))
    let record = lab.folder.appendingPathComponent(".lab/runs/positions/run.json")
    try Data("{\n  \"cells\" : [ half".utf8).write(to: record)
    let damaged = try lab.run("run", "3", "--from", "2", "--scale", "smoke")
    #expect(damaged.status == 74)
    #expect(damaged.err.contains("is not a run record"))
  }
}
