import CPUBackend
import FlashTilingLesson
import Foundation
import LessonKit
import Testing

@Suite struct PageTests {
  /// The whole lesson at the smallest scale, on a generated text.
  @Test func theSmokePageRunsAndItsClaimsHold() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("flash-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let text = folder.appendingPathComponent("text.txt")
    let words = (0..<4000).map { "line \($0 * 7919 % 1000) of the text; " }
    try Data(words.joined().utf8).write(to: text)
    let settings = RunSettings(
      scale: .smoke, seed: 2, corpusPath: text.path,
      runsFolder: folder.appendingPathComponent("runs"),
      cacheFolder: folder.appendingPathComponent("cache"), command: "lab run flash-tiling")
    let outcome = try LessonRunner(
      settings: settings, backend: try CPUBackend(threadCount: 2), observer: SilentObserver()
    ).run(FlashTilingLesson.self)
    if let failure = outcome.failure { Issue.record("\(failure)") }
    #expect(outcome.record.claims.count >= 15)
    for claim in outcome.record.claims where claim.holds == false {
      Issue.record("\(claim.text): \(claim.comparison)")
    }
  }
}
