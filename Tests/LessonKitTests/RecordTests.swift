import Foundation
import LessonKit
import Testing

@Suite struct RecordTests {
  private func record() throws -> RunRecord {
    var record = try RunFixture().run(DemoLesson.self).record
    record.cells.append(
      Cell(
        id: "odd",
        content: .metric(Metric(id: "odd", name: "odd", value: -.infinity, quantity: .plain))))
    record.state = .failed(step: nil, message: "a \"quoted\" reason")
    return record
  }

  /// At smoke scale a share can be 0 of 0.
  @Test func aSeedWithoutAValueIsKept() throws {
    let record = try RunFixture().record(
      with: .claim(
        Claim(
          id: "a", text: "a", value: 1, seedValues: [1, .nan], bound: .atMost(2), quantity: .plain,
          minimumScale: .smoke, scale: .smoke)))
    let again = try RunRecord.decoded(from: record.encoded(), at: "r")
    #expect(again.claims[0].seedValues[1].isNaN && again.claims[0].seedRange == nil)
  }

  @Test func roundTrip() throws {
    let record = try record()
    #expect(try RunRecord.decoded(from: record.encoded(), at: "run.json") == record)
  }

  @Test func allStatesRoundTrip() throws {
    let states: [RunState] = [
      .running, .finished, .failed(step: "s", message: "m"), .failed(step: nil, message: "m"),
      .interrupted(step: "s"), .interrupted(step: nil),
    ]
    for state in states {
      let data = try JSONEncoder().encode(state)
      #expect(try JSONDecoder().decode(RunState.self, from: data) == state)
    }
  }

  @Test func truncatedOrEditedRecordIsAnError() throws {
    let data = try record().encoded()
    for count in [0, 1, data.count / 2, data.count - 2] {
      let error = #expect(throws: RecordError.self) {
        try RunRecord.decoded(from: data.prefix(count), at: "run.json")
      }
      guard case .unreadable? = error else {
        Issue.record("\(count) bytes: \(String(describing: error))")
        continue
      }
    }
  }

  @Test func newerRecordIsAnError() throws {
    #expect(throws: RecordError.otherVersion(path: "run.json", version: 99)) {
      try RunRecord.decoded(from: Data(#"{"version": 99}"#.utf8), at: "run.json")
    }
  }

  @Test func missingRecordIsAnError() throws {
    let folder = RunFolder(try RunFixture().folder.appendingPathComponent("none"))
    #expect(throws: RecordError.missing(path: folder.record.path)) { try folder.loadRecord() }
  }

  @Test func folderWithAFileInTheWayIsAnError() throws {
    let fixture = try RunFixture()
    try Data("file".utf8).write(to: fixture.settings.runsFolder)
    #expect(throws: FolderError.self) { try fixture.run(DemoLesson.self) }
  }

  /// A failed write leaves the old file unchanged, and no temporary file.
  @Test func failedWriteLeavesTheOldFile() throws {
    let fixture = try RunFixture()
    let folder = RunFolder(fixture.folder)
    let target = folder.file("page.html")
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    try Data("old".utf8).write(to: target.appendingPathComponent("kept"))
    #expect(throws: FolderError.self) { try folder.write(Data("new".utf8), to: target) }
    let names = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path)
    #expect(names == ["page.html"])
    #expect(FileManager.default.fileExists(atPath: target.appendingPathComponent("kept").path))
  }

  @Test func summaryHasItsKeys() throws {
    let outcome = try RunFixture().run(DemoLesson.self)
    let text = try RunSummary(outcome.record, in: outcome.folder).printedJSON()
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let summary = try #require(object)
    let expected: Set<String> = [
      "lesson", "number", "status", "failure", "device", "threads", "scale", "seed", "corpus",
      "steps", "claims", "figures", "seconds", "peakBytes", "peakBytesByPurpose",
      "processPeakBytes", "record", "page",
    ]
    #expect(Set(summary.keys) == expected)
    let claims = try #require(summary["claims"] as? [[String: Any]])
    #expect(
      claims.allSatisfy {
        Set($0.keys) == ["id", "text", "kind", "value", "relation", "bound", "holds"]
      })
    #expect(claims.map { $0["holds"] as? Bool } == [true, nil, false])
    #expect(claims[1]["holds"] is NSNull && claims[1]["value"] is NSNull)
    #expect(claims[1]["bound"] as? Double == 1)
    #expect(claims[2]["bound"] as? [Double] == [0.9, 1.1])
    #expect(summary["peakBytes"] as? Int == 64 * 1024 * 4)
    let figures = try #require(summary["figures"] as? [[String: Any]])
    #expect((figures.first?["path"] as? String)?.hasSuffix("runs/demo/42-demo-waves.png") == true)
  }
}
