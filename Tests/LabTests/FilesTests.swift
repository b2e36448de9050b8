import Foundation
import Testing

/// Which files the commands read, write, replace and refuse.
@Suite struct FilesTests {
  /// A folder with a run of lesson 2.
  private func labWithRun() throws -> LabProcess {
    let lab = try LabProcess()
    let answer = try lab.run("run", "cost", "--scale", "smoke", "--quiet")
    try #require(answer.status == 0, "\(answer.err)")
    return lab
  }

  private func figures(in lab: LabProcess) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: lab.path(".lab/runs/cost"))
      .filter { $0.hasSuffix(".png") }.sorted()
  }

  /// A learner's record names a file outside of its folder, as the source of a figure and as the
  /// place that it would be copied to.
  @Test func aRecordCannotNameFilesOutsideItsFolder() throws {
    let lab = try labWithRun()
    let name = try #require(try figures(in: lab).first)
    let record = lab.text(".lab/runs/cost/run.json").replacing(name, with: "../../../payload.png")
    try lab.write(record, to: "class/eve/.lab/runs/cost/run.json")
    try lab.write("SECRET", to: "class/eve/payload.png")
    for format in ["md", "html", "ipynb"] {
      let answer = try lab.run(
        "export", "2", "--to", format, "--output", "class/eve/.lab/runs", "--file",
        "notes/x.\(format)")
      #expect(answer.status == 74)
      #expect(answer.err.contains("figure.file"), "\(answer.err)")
    }
    #expect(!FileManager.default.fileExists(atPath: lab.path("notes")))
    #expect(!FileManager.default.fileExists(atPath: lab.path("payload.png")))
    #expect(try lab.run("open", "2", "--output", "class/eve/.lab/runs").status == 74)
    #expect(
      try lab.run("list", "--output", "class/eve/.lab/runs").out
        .contains("its record cannot be read"))
    let report = try lab.run("report", "class/eve")
    #expect(report.status == 0 && report.out.contains("is not a run record"))
  }

  @Test func filesOfOthersAreNotReplaced() throws {
    let lab = try LabProcess()
    let own = ["site/index.html", "other/cost/index.html"]
    for name in own { try lab.write("<h1>mine</h1>", to: name) }
    let open = try lab.run("open", "--output", "site")
    #expect(open.status == 74 && open.err.contains("lab did not write"), "\(open.err)")
    for folder in ["site", "other"] {
      let answer = try lab.run("run", "cost", "--scale", "smoke", "--quiet", "--output", folder)
      #expect(answer.status == 74 && answer.err.contains("--output DIR"), "\(answer.err)")
      #expect(answer.out.isEmpty)
    }
    for name in own { #expect(lab.text(name) == "<h1>mine</h1>") }
    #expect(!FileManager.default.fileExists(atPath: lab.path("site/cost")))
  }

  @Test func exportsToLinksDevicesAndStandardOutput() throws {
    let lab = try labWithRun()
    try lab.write("old", to: "notes/target.md")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: lab.path("notes/target.md"))
    try FileManager.default.createSymbolicLink(
      atPath: lab.path("link.md"), withDestinationPath: "notes/target.md")
    #expect(mkfifo(lab.path("fifo"), 0o600) == 0)
    #expect(try lab.run("export", "2", "--to", "md", "--file", "link.md").status == 0)
    #expect(lab.text("notes/target.md").hasPrefix("# 2. "))
    let attributes = try FileManager.default.attributesOfItem(atPath: lab.path("notes/target.md"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    for (file, kind) in [("fifo", "a pipe"), ("/dev/null", "a device")] {
      let answer = try lab.run("export", "2", "--to", "html", "--file", file)
      #expect(answer.status == 74 && answer.err.contains("It is \(kind)"), "\(answer.err)")
    }
    for file in ["-", "/dev/stdout"] {
      let answer = try lab.run("export", "2", "--to", "md", "--file", file)
      #expect(answer.status == 0 && answer.out.hasPrefix("# 2. ") && answer.err.isEmpty)
      for name in try figures(in: lab) {
        #expect(answer.out.contains("](.lab/runs/cost/\(name))"))
      }
    }
    #expect(!FileManager.default.fileExists(atPath: lab.path("-")))
  }

  @Test func missingFiguresAreReported() throws {
    let lab = try labWithRun()
    let names = try figures(in: lab)
    let page = lab.text(".lab/runs/cost/index.html")
    for name in names {
      try FileManager.default.removeItem(atPath: lab.path(".lab/runs/cost/" + name))
    }
    for arguments in [
      ["export", "2", "--to", "md"], ["export", "2", "--to", "html"],
      ["export", "2", "--to", "ipynb"], ["open", "2"],
    ] {
      let process = try lab.start(LabProcess.binary(), arguments)
      process.waitUntilExit()
      #expect(process.terminationStatus == 74, "\(arguments)")
      for name in names { #expect(lab.text("err").contains(name), "\(arguments)") }
      #expect(lab.text("err").contains("Run the lesson again with the same options"))
      #expect(
        FileManager.default.fileExists(atPath: lab.text("out").trimmingCharacters(in: .newlines)))
    }
    #expect(lab.text(".lab/exports/02-cost.md").contains("The figure \(names[0]) is missing."))
    #expect(lab.text(".lab/runs/cost/index.html") == page, "the page with its figures is kept")
  }

  /// An empty path comes from a variable that is not set, and would mean the current folder.
  @Test func emptyPathsAreRefused() throws {
    let lab = try LabProcess()
    for arguments in [
      ["open", "--output", ""], ["list", "--output", ""], ["run", "2", "--output", ""],
      ["run", "2", "--gallery", ""], ["run", "2", "--corpus", ""], ["run", "2", "--from", ""],
      ["export", "2", "--to", "md", "--file", ""], ["export", "2", "--to", "md", "--output", ""],
      ["check", "--workbook", ""], ["hint", "--workbook", ""], ["bench", "--python", ""],
      ["report", ""],
    ] {
      let process = try lab.start(LabProcess.binary(), arguments)
      process.waitUntilExit()
      #expect(process.terminationStatus == 64, "\(arguments)")
      #expect(lab.text("out").isEmpty && !lab.text("err").isEmpty, "\(arguments)")
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: lab.folder.path).sorted() == [
        "err", "out",
      ])
  }

  @Test func aMisspelledOutputFolderIsAnError() throws {
    let lab = try LabProcess()
    for command in ["open", "list"] {
      let answer = try lab.run(command, "--output", "rums")
      #expect(answer.status == 74 && answer.err.contains("no folder rums"), "\(answer.err)")
    }
    #expect(!FileManager.default.fileExists(atPath: lab.path("rums")))
  }
}
