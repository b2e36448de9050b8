import Foundation
import LessonKit
import TestSupport
import Testing
import lab

/// Reading a run again, the list of lessons, and what an earlier run says about the next one.
@Suite struct ShowAndListTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test func aRunIsReadAgainByStep() throws {
    let lab = try LabProcess()
    #expect(try lab.run("show", "5").status == 74)
    let run = try lab.run("run", "5", "--scale", "smoke")
    let whole = try lab.run("show", "flash-tiling", "--images", "none")
    #expect(whole.status == 0 && whole.err.isEmpty)
    // The page of the run, except for the time of steps.
    #expect(
      whole.out.components(separatedBy: "▸").count == run.out.components(separatedBy: "▸").count)
    #expect(whole.out.contains("Next: lab run multi-query"))
    #expect(!whole.out.contains("│ "))
    #expect(try lab.run("show", "5", "--code", "--images", "none").out.contains("│ "))
    let step = try lab.run("show", "5", "read 512", "--images", "none")
    #expect(step.out.components(separatedBy: "▸").count == 2 && step.out.contains("│ "))
    #expect(try lab.run("show", "5", "999").status == 64)
    #expect(try lab.run("show", "5", "--step").status == 64)
    #expect(try lab.run("show", "5", "--scale", "full").status == 74)
  }

  /// At 80 columns, with the figures in letters. The positions lesson is the longest one.
  @Test func aLessonIsAtMost250Lines() throws {
    let lab = try LabProcess()
    let answer = try lab.run("run", "positions", "--scale", "smoke")
    let lines = answer.out.components(separatedBy: "\n")
    #expect(lines.count < 250, "\(lines.count)")
    let end = lines.suffix(12).joined(separator: "\n")
    #expect(end.contains("Claims: ") && end.contains("index.html"))
    #expect(end.contains("Next: lab run sparse-masks"))
  }

  @Test func severalLessonsEndWithATable() throws {
    let lab = try LabProcess()
    let answer = try lab.run("run", "2", "8", "--scale", "smoke", "--quiet")
    let end = answer.out.components(separatedBy: "\n").suffix(6).joined(separator: "\n")
    #expect(end.contains(" 2  cost ") && end.contains(" 8  recomputation "))
    #expect(end.contains("2 lessons in ") && end.contains("lab open"))
  }

  @Test func oneLinePerLesson() throws {
    let lab = try LabProcess()
    let lines = try lab.run("list").out.split(separator: "\n")
    #expect(lines.count == 10)
    #expect(lines[2].hasPrefix(" 3  positions "))
    for (line, card) in zip(lines, course.cards) {
      // From 90 seconds on in minutes, to half a minute.
      let seconds = card.standardSeconds
      let halves = (Double(seconds) / 30).rounded(.toNearestOrAwayFromZero)
      let minutes = halves.truncatingRemainder(dividingBy: 2) == 0 ? "" : ".5"
      let time = seconds < 90 ? "\(seconds) s" : "\(Int(halves / 2))\(minutes) min"
      #expect(line.contains(" \(card.slug) ") && line.contains(" \(time)  not run"), "\(line)")
    }
  }

  /// A smoke run does not make a lesson done. The page that is offered is that of the lesson named.
  @Test func whatIsDoneAndWhatIsNext() throws {
    let lab = try LabProcess()
    let runs = lab.folder.appendingPathComponent(".lab/runs")
    func status() -> String {
      CourseStatus(course, runs: runs).text(TerminalStyle(isColored: false))
    }
    _ = try lab.run("run", "cost", "--scale", "smoke", "--json")
    #expect(status().contains("0 of 10 lessons done") && !status().contains("lab open"))
    #expect(status().contains("Next, lesson 1: What can a model"))
    let record = lab.text(".lab/runs/cost/run.json")
    try lab.write(
      record.replacing("\"scale\" : \"smoke\"", with: "\"scale\" : \"standard\""),
      to: ".lab/runs/cost/run.json")
    #expect(status().contains("1 of 10 lessons done"))
    #expect(status().contains("  lab open cost    open the page of lesson 2\n"))
  }

  @Test func aLessonAsACommandSuggestsToRunIt() throws {
    for (name, sentence) in [
      ("positions", "'positions' is a lesson. Run it with: lab run positions"),
      ("3", "'3' is a lesson. Run it with: lab run positions"),
      ("postions", "There is no command 'postions'. Did you mean 'lab run positions'?"),
    ] {
      let answer = try LabProcess().run(name)
      #expect(answer.status == 64 && answer.err == "lab: \(sentence)\n")
    }
  }

  @Test func aSmokeRunDoesNotReplaceAStandardRun() throws {
    let lab = try LabProcess()
    func run() throws -> String {
      try lab.run("run", "cost", "--scale", "smoke", "--json").out
    }
    #expect(try run().contains("/.lab/runs/cost/index.html"))
    let record = lab.text(".lab/runs/cost/run.json")
    try lab.write(
      record.replacing("\"scale\" : \"smoke\"", with: "\"scale\" : \"standard\""),
      to: ".lab/runs/cost/run.json")
    #expect(try run().contains("/.lab/runs/cost.smoke/index.html"))
    #expect(try lab.run("list").out.contains("finished at standard"))
    #expect(try lab.run("open", "cost").out.hasSuffix("/runs/cost/index.html\n"))
    let smoke = try lab.run("open", "cost", "--scale", "smoke").out
    #expect(smoke.hasSuffix("/runs/cost.smoke/index.html\n"))
    #expect(try lab.run("open", "cost", "--scale", "full").status == 74)
    let page = try lab.run("show", "cost", "--scale", "smoke").out
    #expect(page.contains("\n  lab open cost --scale smoke\n"))
    #expect(lab.text(".lab/runs/index.html").contains("href=\"cost/index.html\""))
    // The next run of this scale is expected to take as long as this one.
    let err = try lab.run("run", "cost", "--scale", "smoke", "--budget", "60", "--quiet").err
    #expect(err.contains("This takes about ") && !err.contains("Measuring"))
  }

  /// A checkout that was built and then copied shows the sources beside it.
  @Test func aCopiedCheckoutHasItsOwnSources() throws {
    let lab = try LabProcess()
    let copy = lab.folder.appendingPathComponent("copy")
    let lesson = "Lessons/02-Cost"
    for folder in [".build/release", "Lessons"] {
      try FileManager.default.createDirectory(
        at: copy.appendingPathComponent(folder), withIntermediateDirectories: true)
    }
    try lab.write("", to: "copy/Package.swift")
    let program = copy.appendingPathComponent(".build/release/lab")
    try FileManager.default.copyItem(at: LabProcess.binary(), to: program)
    try FileManager.default.copyItem(
      at: Self.root.appendingPathComponent(lesson), to: copy.appendingPathComponent(lesson))
    let names = FileManager.default.enumerator(atPath: copy.appendingPathComponent(lesson).path)
    for case let name as String in names ?? .init() where name.hasSuffix(".swift") {
      let file = "copy/\(lesson)/\(name)"
      try lab.write(lab.text(file).replacing("experiment", with: "experimenx"), to: file)
    }
    let process = try lab.start(program, ["run", "cost", "--scale", "smoke", "--code"])
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(lab.text("err"))")
    #expect(lab.text("out").contains("experimenx") && !lab.text("out").contains("experiment."))
  }
}
