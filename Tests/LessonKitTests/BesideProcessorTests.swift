import Foundation
import LessonKit
import Testing

/// A run on one device shows what the same lesson measured on the processor.
@Suite struct BesideProcessorTests {
  private func ranOnProcessor(_ fixture: RunFixture, seed: UInt64 = 7) throws {
    let runs = fixture.settings.runsFolder
    fixture.settings.runsFolder = runs.appendingPathComponent("on-cpu")
    fixture.settings.seed = seed
    let outcome = try fixture.run(DemoLesson.self)
    fixture.settings.runsFolder = runs
    fixture.settings.seed = 7
    // As if the run were from another device.
    let text = try String(contentsOf: outcome.folder.record, encoding: .utf8)
    let other = text.replacingOccurrences(
      of: "\"\(outcome.record.facts.device)\"", with: "\"another device\"")
    try Data(other.utf8).write(to: outcome.folder.record)
  }

  @Test func theSameRunOnTheProcessorIsShownBesideIt() throws {
    let fixture = try RunFixture()
    try ranOnProcessor(fixture)
    let outcome = try fixture.run(DemoLesson.self)
    #expect(outcome.failure == nil)
    let page = try fixture.page(of: DemoLesson.self)
    #expect(page.contains("Compared with the CPU") && page.contains("another device"))
    let tables = outcome.record.cells.filter { $0.id.contains("beside") }
    #expect(tables.count >= 2)
  }

  @Test func anotherSeedOrNoRunAtAllIsNotShown() throws {
    let fixture = try RunFixture()
    _ = try fixture.run(DemoLesson.self)
    #expect(!(try fixture.page(of: DemoLesson.self)).contains("Compared with the CPU"))
    try ranOnProcessor(fixture, seed: 8)
    _ = try fixture.run(DemoLesson.self)
    #expect(!(try fixture.page(of: DemoLesson.self)).contains("Compared with the CPU"))
  }
}
