import Foundation
import LessonKit
import TestSupport
import Testing

/// A run that is shown from a step on, and the expected time of a step.
@Suite struct FirstShownStepTests {
  @Test func thePageSaysFromWhichStepOnTheRunWasShown() throws {
    let whole = try RunFixture().run(DemoLesson.self).record
    #expect(!whole.cells.contains { $0.id.contains("the-terminal-shows-the-run-from-here") })
    let fixture = try RunFixture()
    fixture.settings.firstStep = 2
    let record = try fixture.run(DemoLesson.self).record
    let place = try #require(
      record.cells.firstIndex { $0.id.contains("the-terminal-shows-the-run-from-here") })
    guard case .step(let step) = record.cells[place + 1].content else {
      Issue.record("no step behind the notice")
      return
    }
    #expect(step.title == "Both ways, side by side")
    #expect(record.claims == whole.claims)
  }

  @Test func aStepThatReportsNothingIsTimedByTheRunBefore() throws {
    let written = Written()
    let line = ProgressLine(style: TerminalStyle(isColored: false), isAnimated: true) {
      written.add($0)
    }
    line.begin("a long step", expectedSeconds: 90)
    idle(seconds: 1.6)
    line.end("done")
    #expect(written.text.contains("left, as in the run before"))
    #expect(written.text.contains("about 8"))
  }
}

/// Collects what is written, from any thread.
private final class Written: @unchecked Sendable {
  private let lock = NSLock()
  private var all = ""
  func add(_ text: String) { lock.withLock { all += text } }
  var text: String { lock.withLock { all } }
}
