import CPUBackend
import Foundation
import LessonKit
import Testing
import WhyContextLesson

@Suite struct LessonTests {
  @Test func theLessonRunsAtSmokeScaleAndEveryClaimHolds() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("why-context-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let settings = RunSettings(
      scale: .smoke, seed: 3, runsFolder: folder.appendingPathComponent("runs"),
      cacheFolder: folder.appendingPathComponent("cache"), command: "lab run why-context",
      versions: ["lab": "test"])
    let outcome = try LessonRunner(
      settings: settings, backend: try CPUBackend(threadCount: 2), observer: SilentObserver()
    ).run(WhyContextLesson.self)
    #expect(outcome.failure == nil)
    let claims = outcome.record.claims
    #expect(claims.count == 8)
    let sources = outcome.record.cells.compactMap { cell in
      if case .source(let excerpt) = cell.content { excerpt } else { nil }
    }
    #expect(!sources.isEmpty)
    for source in sources { #expect(!source.text.isEmpty, "\(source.path) is not there") }
    for claim in claims { #expect(claim.holds != false, "\(claim.text): \(claim.comparison)") }
  }
}
