import CPUBackend
import Foundation
import LessonKit
import TestSupport
import Testing
import lab

/// Reused steps must give the same claims as steps that run.
@Suite("A run that reuses steps has the same claims as the run before it") struct ReuseLawTests {
  @Test(arguments: course.cards.map(\.slug))
  func claims(slug: String) throws {
    try withTemporaryFolder { folder in try check(try course.lesson(named: slug), in: folder) }
  }

  private func check(_ lesson: any Lesson.Type, in folder: URL) throws {
    var settings = RunSettings(
      scale: .smoke, seed: 2, runsFolder: folder,
      cacheFolder: folder.appendingPathComponent("cache"),
      command: "lab run")
    settings.reusesSteps = true
    settings.shortestKeptStep = 0
    settings.program = try newerProgram(in: folder)
    let backend = try CPUBackend(threadCount: 2)
    let records = try (0..<2).map { _ in
      let outcome = try LessonRunner(
        settings: settings, backend: backend, observer: SilentObserver()
      ).run(lesson)
      #expect(outcome.failure == nil)
      return outcome.record
    }
    #expect(records[0].steps.allSatisfy { $0.origin == .ran })
    #expect(records[1].steps.contains { $0.origin != .ran })
    // As text, because NaN does not equal itself: at smoke scale no model learns a story, and the
    // steps until then are unknown.
    #expect(try records[1].claims.printedJSON() == records[0].claims.printedJSON())
    #expect(records[1].steps.map(\.title) == records[0].steps.map(\.title))
  }
}
