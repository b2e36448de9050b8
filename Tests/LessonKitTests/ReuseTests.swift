import Foundation
import LessonKit
import TestSupport
import Testing

/// Steps reused from an earlier run.
@Suite struct ReuseTests {
  private func fixture(reuses: Bool = true) throws -> RunFixture {
    let fixture = try RunFixture()
    fixture.settings.reusesSteps = reuses
    fixture.settings.shortestKeptStep = 0
    fixture.settings.program = try newerProgram(in: fixture.folder)
    return fixture
  }

  @Test func anUnchangedStepIsReusedWithItsResultLinesAndTime() throws {
    let fixture = try fixture()
    let first = try fixture.run(DemoLesson.self).record
    let second = try fixture.run(DemoLesson.self).record
    #expect(first.steps.allSatisfy { $0.origin == .ran })
    // The second step returns a pair and the third a tensor: neither can be saved.
    #expect(second.steps.map(\.origin) == [.reused(from: first.facts.startedAt), .ran, .ran])
    #expect(second.steps[0].seconds == first.steps[0].seconds)
    #expect(second.steps[0].output == first.steps[0].output)
    #expect(second.claims == first.claims)
    let third = try fixture.run(DemoLesson.self).record
    #expect(
      third.steps[0].origin == .reused(from: first.facts.startedAt), "the run that computed it")
  }

  @Test func thePageSaysWhichStepsWereReused() throws {
    let fixture = try fixture()
    _ = try fixture.run(DemoLesson.self)
    let outcome = try fixture.run(DemoLesson.self)
    let sentence = "not run again: reused from the run of"
    #expect(try fixture.page(of: DemoLesson.self).contains(sentence))
    #expect(
      try fixture.page(of: DemoLesson.self).contains("Reused from earlier runs: 1 of 3 steps"))
    #expect(MarkdownExport(outcome.record).text.contains(sentence))
    let notebook = try NotebookExport(outcome.record) { _ in nil }.data()
    #expect(String(decoding: notebook, as: UTF8.self).contains(sentence))
  }

  @Test func nothingIsReusedUnlessAsked() throws {
    let fixture = try fixture(reuses: false)
    for _ in 0..<2 {
      let record = try fixture.run(DemoLesson.self).record
      #expect(record.steps.allSatisfy { $0.origin == .ran })
    }
  }

  @Test func anotherSeedReusesNothing() throws {
    let fixture = try fixture()
    _ = try fixture.run(DemoLesson.self)
    fixture.settings.seed += 1
    let record = try fixture.run(DemoLesson.self).record
    #expect(record.steps.allSatisfy { $0.origin == .ran })
  }

  @Test func aSourceThatIsNewerThanTheProgramPreventsReuse() throws {
    let fixture = try fixture()
    _ = try fixture.run(DemoLesson.self)
    let program = try #require(fixture.settings.program)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 0)], ofItemAtPath: program.path)
    let record = try fixture.run(DemoLesson.self).record
    #expect(record.steps.allSatisfy { $0.origin == .ran })
    #expect(try fixture.page(of: DemoLesson.self).contains("was changed after this program"))
  }

  private func value<Value>(_ entry: StepCache.Entry<Value>) -> Value? {
    if case .saved(_, let value) = entry { return value }
    return nil
  }

  @Test(arguments: ["cut short", "edited", "emptied"])
  func aStepWithADamagedResultRunsAgainAndThePageSaysSo(damage: String) throws {
    let fixture = try fixture()
    _ = try fixture.run(DemoLesson.self)
    let folder = fixture.settings.cacheFolder.appendingPathComponent("steps")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let file = folder.appendingPathComponent(name)
      var bytes = try Data(contentsOf: file)
      switch damage {
      case "cut short": bytes.removeLast(20)
      case "emptied": bytes = Data()
      default:
        // A digit of a result: still JSON.
        let index = try #require(bytes.lastIndex { UInt8(ascii: "1")...UInt8(ascii: "8") ~= $0 })
        bytes[index] += 1
      }
      try bytes.write(to: file)
    }
    let record = try fixture.run(DemoLesson.self).record
    #expect(record.steps.allSatisfy { $0.origin == .ran })
    let page = try fixture.page(of: DemoLesson.self)
    #expect(page.contains("was not used, and the step ran. The file is damaged."))
    #expect(try fixture.run(DemoLesson.self).record.steps[0].origin != .ran, "it was saved again")
  }

  /// A file where the folder of the cache should be. The run goes on, and the page says it once.
  @Test func aCacheThatCannotBeWrittenIsTold() throws {
    let fixture = try fixture()
    try Data().write(to: fixture.settings.cacheFolder)
    let outcome = try fixture.run(DemoLesson.self)
    #expect(outcome.failure == nil && outcome.record.state == .finished)
    let page = try fixture.page(of: DemoLesson.self)
    #expect(page.components(separatedBy: "Nothing could be saved in").count == 2)
  }

  @Test func savedNumbersAreBitwiseEqual() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("steps-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = StepCache(folder: folder, run: "test", shortestSeconds: 0)
    let floats: [Float] = [
      1 / 3, -.infinity, .leastNonzeroMagnitude, -0.0, .greatestFiniteMagnitude,
    ]
    let doubles = [0.1 + 0.2, .nan, .infinity, 5e-324]
    let step = Step(id: "numbers", title: "numbers", status: .finished, source: nil)
    let (one, other) = (Fingerprint(inputs: ["a"]), Fingerprint(inputs: ["b"]))
    try cache.save([floats.map(Double.init), doubles], of: step, 1, one)
    try cache.save(floats, of: step, 2, one)
    let both = try #require(value(cache.load(1, one, as: [[Double]].self)))
    #expect(both[1].map(\.bitPattern) == doubles.map(\.bitPattern))
    let singles = try #require(value(cache.load(2, one, as: [Float].self)))
    #expect(singles.map(\.bitPattern) == floats.map(\.bitPattern))
    #expect(value(cache.load(2, other, as: [Float].self)) == nil)
    #expect(value(cache.load(2, one, as: String.self)) == nil)
  }
}
