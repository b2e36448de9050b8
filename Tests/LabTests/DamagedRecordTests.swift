import Foundation
import TestSupport
import Testing

/// Damaged records, and runs that were killed.
@Suite struct DamagedRecordTests {
  private func damaged() throws -> LabProcess {
    let lab = try LabProcess()
    let folder = lab.folder.appendingPathComponent(".lab/runs/positions")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data("{ half".utf8).write(to: folder.appendingPathComponent("run.json"))
    try Data("<h1>page</h1>".utf8).write(to: folder.appendingPathComponent("index.html"))
    return lab
  }

  /// The page can be read, but a damaged record is still an error.
  @Test func openReportsADamagedRecord() throws {
    let lab = try damaged()
    let answer = try lab.run("open", "positions")
    #expect(answer.status == 74)
    #expect(answer.out == lab.path(".lab/runs/positions/index.html") + "\n")
    #expect(answer.err.contains("is not a run record"))
    #expect(answer.err.contains("Run the lesson again"))
  }

  @Test func listAndCourseReportADamagedRecord() throws {
    let lab = try damaged()
    let list = try lab.run("list")
    #expect(list.status == 0)
    #expect(list.out.contains("its record cannot be read"))
    #expect(try lab.run("open").status == 0)
    let course = lab.text(".lab/runs/index.html")
    #expect(course.contains("cannot be read") && course.contains("lab run positions"))
  }

  @Test func aKilledRunIsReportedAsKilled() throws {
    let lab = try LabProcess()
    let process = try lab.start(
      LabProcess.binary(), ["run", "positions", "--threads", "1", "--quiet"])
    let record = lab.folder.appendingPathComponent(".lab/runs/positions/run.json")
    let deadline = ContinuousClock.now + .seconds(60)
    while !FileManager.default.fileExists(atPath: record.path), ContinuousClock.now < deadline {
      idle(seconds: 0.02)
    }
    #expect(try lab.run("list").out.contains("running at standard"))
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(try lab.run("list").out.contains("killed at standard"))
    let open = try lab.run("open", "positions")
    #expect(open.status == 0)
    #expect(open.err.contains("killed") && open.err.contains("Run the lesson again with"))
    _ = try lab.run("open")
    #expect(lab.text(".lab/runs/index.html").contains("killed at scale standard"))
    #expect(try lab.run("report", ".").out.contains("positions killed"))

    // If a record comes from another machine or names no process, no process can be checked.
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: record))
    var edited = try #require(object as? [String: Any])
    var facts = try #require(edited["facts"] as? [String: Any])
    var recorded = try #require(facts["process"] as? [String: Any])
    recorded["machine"] = "elsewhere"
    for process in [recorded, nil] {
      facts["process"] = process
      edited["facts"] = facts
      try JSONSerialization.data(withJSONObject: edited).write(to: record)
      #expect(try lab.run("list").out.contains("not finished at standard"))
    }
  }
}
