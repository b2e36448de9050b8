import CPUBackend
import Foundation
import LessonKit
import HundredThousandLesson
import Testing

@Suite struct LessonTests {
  @Test func theLessonRunsAtSmokeScaleAndEveryClaimHolds() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hundred-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let settings = RunSettings(
      scale: .smoke, seed: 3, runsFolder: folder.appendingPathComponent("runs"),
      cacheFolder: folder.appendingPathComponent("cache"), command: "lab run hundred-thousand",
      versions: ["lab": "test"])
    let outcome = try LessonRunner(
      settings: settings, backend: try CPUBackend(threadCount: 2), observer: SilentObserver()
    ).run(HundredThousandLesson.self)
    #expect(outcome.failure == nil)
    let claims = outcome.record.claims
    #expect(claims.count { $0.holds == true } >= 4)
    for claim in claims { #expect(claim.holds != false, "\(claim.text): \(claim.comparison)") }
  }
}
