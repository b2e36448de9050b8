import CPUBackend
import Foundation
import LessonKit
import ModelFiles
import SmallTransformer
import TestSupport
import Testing
import lab

/// Whether a lesson's list of models contains every model that it trains. Needs no device.
@Suite("Lessons list their models") struct LessonListTests {
  @Test(
    "every model that a page trains is on its lesson's list", arguments: course.cards.map(\.slug))
  func completeness(slug: String) throws {
    let lesson = try course.lesson(named: slug)
    try withTemporaryFolder { folder in try check(lesson, in: folder) }
  }

  private func check(_ lesson: any Lesson.Type, in folder: URL) throws {
    let cache = folder.appendingPathComponent("cache")
    let backend = try CPUBackend(threadCount: 2)
    let outcome = try LessonRunner(
      settings: RunSettings(
        scale: .smoke, seed: 2, runsFolder: folder, cacheFolder: cache, command: "lab run"),
      backend: backend, observer: SilentObserver()
    ).run(lesson)
    #expect(outcome.failure == nil)
    let listed = try lesson.models(at: .smoke, seed: 2, on: backend).filter { $0.schedule != nil }
    #expect(!listed.isEmpty)
    for recipe in try Self.recipes(in: cache) {
      let isListed = listed.contains { recipe.contains("; \($0.configuration.identity); ") }
      #expect(
        isListed, "\(lesson.card.slug) trains a model that Models.swift does not list: \(recipe)")
    }
  }

  /// The recipe of each trained model, without the model that it started from.
  private static func recipes(in cache: URL) throws -> [String] {
    let files = try? FileManager.default.contentsOfDirectory(
      at: cache, includingPropertiesForKeys: nil)
    return try (files ?? []).filter { $0.pathExtension == "safetensors" }.map {
      let recipe = try #require(try SafetensorsFile(reading: $0).metadata["recipe"])
      return recipe.components(separatedBy: "; from (")[0]
    }
  }
}
