import Foundation
import LessonKit
import Testing

/// Runs of different scales do not replace each other, and a reader sees the best finished one.
@Suite struct LessonRunsTests {
  /// A line of prose, or an error.
  private struct ShortLesson: Lesson {
    static let card = LessonCard(
      number: 46, slug: "short", title: "Short", question: "?", builds: "", standardSeconds: 1)
    @TaskLocal static var fails = false

    func teach(_ page: Notebook) throws {
      page.say("One.")
      if Self.fails { throw FailingLesson.StepError() }
    }
  }

  private let fixture: RunFixture
  private var runs: LessonRuns { fixture.settings.runs(of: ShortLesson.card) }

  init() throws { fixture = try RunFixture() }

  @discardableResult
  private func run(_ scale: Scale, seed: UInt64 = 1, fails: Bool = false) throws -> RunFolder {
    fixture.settings.scale = scale
    fixture.settings.seed = seed
    return try ShortLesson.$fails.withValue(fails) { try fixture.run(ShortLesson.self).folder }
  }

  /// The scale and the seed of the run that is shown.
  private func shown(_ scale: Scale? = nil) throws -> String {
    let record = try runs.shown(at: scale).loadRecord()
    return "\(record.facts.scale) \(record.facts.seed) \(record.state.word)"
  }

  private var names: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: fixture.settings.runsFolder.path)
        .filter { !$0.hasPrefix(".") }.sorted()
    }
  }

  @Test func aSmokeRunLeavesTheStandardRunWhereItIs() throws {
    let standard = try run(.standard)
    #expect(standard.url.lastPathComponent == "short")
    for seed: UInt64 in [2, 3] {
      #expect(try run(.smoke, seed: seed).url.lastPathComponent == "short.smoke")
    }
    #expect(try shown() == "standard 1 finished" && shown(.smoke) == "smoke 3 finished")
    #expect(try names == ["short", "short.smoke"])
    #expect(!runs.shown(at: .full).hasRecord)
    let page = CoursePage([ShortLesson.card], runs: fixture.settings.runsFolder).html
    #expect(page.contains("short/index.html") && page.contains("finished at scale standard"))
  }

  @Test func aLargerRunTakesThePlaceAndKeepsTheSmaller() throws {
    for (scale, seed) in [(Scale.smoke, 1), (.full, 2), (.standard, 3)] as [(Scale, UInt64)] {
      try run(scale, seed: seed)
    }
    #expect(try names == ["short", "short.smoke", "short.standard"])
    #expect(try shown() == "full 2 finished" && shown(.smoke) == "smoke 1 finished")
    #expect(try shown(.standard) == "standard 3 finished")
  }

  @Test func whatFailsReplacesNoFinishedRunOfAnyScale() throws {
    try run(.smoke, seed: 1)
    try run(.standard, seed: 2, fails: true)
    #expect(try shown() == "smoke 1 finished" && shown(.standard) == "standard 2 failed")
    let course = CoursePage([ShortLesson.card], runs: fixture.settings.runsFolder).html
    #expect(course.contains("short.smoke/index.html"))
    try run(.standard, seed: 3)
    try run(.standard, seed: 4, fails: true)
    try run(.smoke, seed: 5, fails: true)
    #expect(try shown() == "standard 3 finished" && shown(.smoke) == "smoke 1 finished")
    try run(.standard, seed: 6)
    try run(.smoke, seed: 7)
    #expect(try shown() == "standard 6 finished" && shown(.smoke) == "smoke 7 finished")
    #expect(try names == ["short", "short.smoke"])
  }

  /// As an older version left it: an interrupted smoke run has moved the standard run aside.
  @Test func theFoldersOfAnOlderVersion() throws {
    let standard = try run(.standard, seed: 1)
    try FileManager.default.moveItem(at: standard.url, to: standard.earlier.url)
    try run(.smoke, seed: 2, fails: true)
    try FileManager.default.moveItem(
      at: fixture.settings.folder(of: ShortLesson.card).url, to: standard.url)
    #expect(try shown() == "standard 1 finished" && shown(.smoke) == "smoke 2 failed")
    try run(.smoke, seed: 3)
    #expect(try shown() == "standard 1 finished" && shown(.smoke) == "smoke 3 finished")
    try run(.standard, seed: 4)
    #expect(try shown() == "standard 4 finished" && shown(.smoke) == "smoke 3 finished")
    #expect(try names == ["short", "short.smoke"])
  }

  @Test func aRunOfAnyScaleWaitsForTheLesson() throws {
    try run(.standard)
    let lock = try runs.lock()
    defer { lock.unlock() }
    #expect(throws: FolderInUse.self) { try run(.smoke) }
  }
}
