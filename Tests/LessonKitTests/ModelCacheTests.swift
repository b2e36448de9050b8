import CPUBackend
import Corpora
import Foundation
import LessonKit
import ModelFiles
import SmallTransformer
import Testing

/// Trained models are loaded from disk. One that is damaged or stale is reported and trained again.
@Suite struct ModelCacheTests {
  /// Trains a tiny model on a text of its own and prints a fingerprint of what it learned.
  private struct TrainingLesson: Lesson {
    static let card = LessonCard(
      number: 43, slug: "training", title: "Training", question: "Does it come back?",
      builds: "a model", standardSeconds: 1)

    func teach(_ notebook: Notebook) throws {
      let text = Corpus(name: "abc", bytes: (0..<2000).map { UInt8(97 + $0 % 3 * ($0 % 7)) })
      let trained = try notebook.step("train", "Train") {
        try notebook.train(
          "tiny", .gpt(modelDim: 16, layerCount: 1, headCount: 2),
          TrainingSchedule(batchCount: 2, length: 16, stepCount: 3, peakLearningRate: 1e-2),
          on: text)
      }
      let window = try notebook.heldOutWindows(text, length: 16, tokenCount: 64)
      notebook.measure("loss", "loss", trained.model.lossByPosition(window).mean)
      notebook.measure("cached", "cached", trained.wasCached ? 1 : 0)
      notebook.measure("losses", "losses", Double(trained.losses.count))
    }
  }

  /// The same recipe, from a step that somebody has edited.
  private struct EditedLesson: Lesson {
    static let card = TrainingLesson.card

    func teach(_ notebook: Notebook) throws {
      let text = Corpus(name: "abc", bytes: (0..<2000).map { UInt8(97 + $0 % 3 * ($0 % 7)) })
      let trained = try notebook.step("train", "Train") {
        // For example other batches.
        try notebook.train(
          "tiny", .gpt(modelDim: 16, layerCount: 1, headCount: 2),
          TrainingSchedule(batchCount: 2, length: 16, stepCount: 3, peakLearningRate: 1e-2),
          on: text)
      }
      notebook.measure("cached", "cached", trained.wasCached ? 1 : 0)
    }
  }

  @Test func aModelOfAnotherStepIsTrainedAgain() throws {
    let fixture = try RunFixture()
    _ = try fixture.run(TrainingLesson.self)
    let edited = try fixture.run(EditedLesson.self)
    #expect(numbers(edited) == [0])
    #expect(
      edited.record.steps[0].output.contains(
        "The engine, or the step that trains it, has changed since"))
    #expect(numbers(try fixture.run(EditedLesson.self)) == [1])
  }

  /// The program of an older engine left its model in the cache.
  @Test func aModelOfAnotherEngineIsTrainedAgain() throws {
    let fixture = try RunFixture()
    for build in ["one engine", "another engine"] {
      let program = fixture.folder.appendingPathComponent("program")
      try Data(build.utf8).write(to: program)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 0)], ofItemAtPath: program.path)
      fixture.settings.program = program
      #expect(numbers(try fixture.run(TrainingLesson.self))[1] == 0)
      #expect(numbers(try fixture.run(TrainingLesson.self))[1] == 1)
    }
  }

  private func numbers(_ outcome: LessonRunner.Outcome) -> [Double] {
    outcome.record.cells.compactMap {
      if case .metric(let metric) = $0.content { metric.value } else { nil }
    }
  }

  private func cachedFile(_ fixture: RunFixture) throws -> URL {
    let files = try FileManager.default.contentsOfDirectory(
      at: fixture.settings.cacheFolder, includingPropertiesForKeys: nil)
    return try #require(files.first { $0.pathExtension == "safetensors" })
  }

  @Test func aTrainedModelIsLoadedWithTheSameNumbers() throws {
    let fixture = try RunFixture()
    let first = numbers(try fixture.run(TrainingLesson.self))
    let second = numbers(try fixture.run(TrainingLesson.self))
    #expect(first.count == 3 && second.count == 3)
    #expect(first[0] == second[0])
    #expect(first[1] == 0 && second[1] == 1)
    #expect(first[2] == 3 && second[2] == 3)
  }

  @Test(arguments: [
    "cut short", "edited", "emptied", "of another recipe", "of 2⁶³ bytes", "without losses",
  ])
  func aDamagedModelIsReportedAndTrainedAgain(damage: String) throws {
    let fixture = try RunFixture()
    let first = numbers(try fixture.run(TrainingLesson.self))
    let file = try cachedFile(fixture)
    var bytes = try Data(contentsOf: file)
    switch damage {
    case "cut short": bytes.removeLast(100)
    case "edited": bytes[bytes.count - 50] ^= 1
    case "emptied": bytes = Data()
    case "of 2⁶³ bytes":
      let header =
        #"{"a":{"dtype":"F16","shape":[4611686018427387903],"#
        + #""data_offsets":[0,9223372036854775806]}}"#
      bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
      bytes += Data(header.utf8)
    default:
      var saved = try SafetensorsFile(reading: file)
      saved.metadata[damage == "without losses" ? "losses" : "recipe"] = "another"
      try saved.write(to: file)
      bytes = try Data(contentsOf: file)
    }
    try bytes.write(to: file)

    let outcome = try fixture.run(TrainingLesson.self)
    #expect(outcome.failure == nil)
    #expect(outcome.record.steps[0].output.contains("cannot be used, so it is trained again"))
    let again = numbers(outcome)
    #expect(again[1] == 0)
    #expect(again[0] == first[0])
    // The model that was trained again is saved, and whole.
    #expect(numbers(try fixture.run(TrainingLesson.self))[1] == 1)
  }

  /// A file where the folder of the cache should be. What was trained is used, and the page says
  /// once that it was not saved.
  @Test func aCacheThatCannotBeWrittenIsTold() throws {
    let fixture = try RunFixture()
    let first = numbers(try fixture.run(TrainingLesson.self))
    try FileManager.default.removeItem(at: fixture.settings.cacheFolder)
    try Data().write(to: fixture.settings.cacheFolder)
    let outcome = try fixture.run(TrainingLesson.self)
    #expect(outcome.failure == nil && outcome.record.state == .finished)
    #expect(numbers(outcome)[0] == first[0])
    #expect(outcome.record.steps[0].output.contains("trained, but not saved for later runs."))
    let page = try fixture.page(of: TrainingLesson.self)
    #expect(page.components(separatedBy: "Nothing could be saved in").count == 2)
  }

  /// Two runs that train one model at once: each ends as if it were alone, and the file that remains
  /// is whole.
  @Test func twoTrainingsOfOneModel() async throws {
    let fixture = try RunFixture()
    let alone = numbers(try fixture.run(TrainingLesson.self))
    try FileManager.default.removeItem(at: fixture.settings.cacheFolder)
    let settings = (0..<4).map { number in
      var settings = fixture.settings
      settings.runsFolder = fixture.folder.appendingPathComponent("runs-\(number)")
      return settings
    }
    let losses = try await withThrowingTaskGroup(of: Double?.self) { group in
      for settings in settings {
        group.addTask {
          let runner = LessonRunner(
            settings: settings, backend: try CPUBackend(threadCount: 1), observer: SilentObserver())
          return Self.loss(try runner.run(TrainingLesson.self))
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(losses == [Double?](repeating: alone[0], count: 4))
    #expect(numbers(try fixture.run(TrainingLesson.self))[1] == 1)
    let names = try FileManager.default.contentsOfDirectory(
      atPath: fixture.settings.cacheFolder.path)
    #expect(names.filter { $0 != "steps" }.count == 1, "\(names)")
  }

  private static func loss(_ outcome: LessonRunner.Outcome) -> Double? {
    outcome.record.metrics.first?.value
  }
}
