import Foundation
import LessonKit
import TestSupport
import Testing

/// What an earlier run says about the time of the next one.
@Suite struct ExpectedTimeTests {
  @Test func modelsInTheCacheAreNotTrainedAgain() throws {
    try withTemporaryFolder { folder in
      let fixture = try RunFixture()
      fixture.settings.cacheFolder = folder
      var record = try fixture.run(DemoLesson.self).record
      record.seconds = 100
      record.models = [
        ModelUse(file: "a.safetensors", seconds: 50, wasCached: false),
        ModelUse(file: "b.safetensors", seconds: 30, wasCached: true),
      ]
      func expected(_ settings: RunSettings) -> ExpectedTime? {
        settings.expectedTime(like: record, device: record.facts.device, threads: 1)
      }
      // 50 s of other work; both models are gone.
      #expect(expected(fixture.settings)?.seconds == 130)
      for file in ["a", "b"] {
        try Data().write(to: folder.appendingPathComponent(file + ".safetensors"))
      }
      #expect(
        expected(fixture.settings) == ExpectedTime(seconds: 50, modelCount: 2, missingCount: 0))
      // Another seed trains other models.
      var other = fixture.settings
      other.command += " --seed 8"
      #expect(expected(other) == ExpectedTime(seconds: 130, modelCount: 2, missingCount: 2))
      other = fixture.settings
      other.command += " --reuse --output elsewhere"
      #expect(expected(other)?.seconds == 50)
      other.scale = .standard
      #expect(expected(other) == nil)
      record.state = .interrupted(step: nil)
      #expect(expected(fixture.settings) == nil)
    }
  }

  @Test func aRunOfAnOlderVersionNamesNoModels() throws {
    // A record of an older version has none.
    let record = try RunFixture().run(DemoLesson.self).record
    var text = String(decoding: try record.encoded(), as: UTF8.self)
    #expect(text.contains("\"models\""))
    text = text.replacing("\"models\" :", with: "\"others\" :")
    #expect(try RunRecord.decoded(from: Data(text.utf8), at: "old").models == nil)
  }
}
