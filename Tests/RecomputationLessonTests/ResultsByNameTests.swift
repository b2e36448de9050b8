import CPUBackend
import Foundation
import LessonKit
import RecomputationLesson
import Testing

/// Claims take their values from the cases that they name. Each case has its own made-up numbers,
/// so a claim that read another case would show it. A new case changes no claim.
@Suite struct ResultsByNameTests {
  @Test func claimsReadOnlyTheCasesThatTheyName() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("results-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let settings = RunSettings(
      scale: .standard, seed: 3, runsFolder: folder.appendingPathComponent("runs"),
      cacheFolder: folder.appendingPathComponent("cache"), command: "test", versions: [:])
    let outcome = try LessonRunner(
      settings: settings, backend: try CPUBackend(threadCount: 1), observer: SilentObserver()
    ).run(MadeUpResults.self)
    #expect(outcome.failure == nil)
    let values = Dictionary(
      uniqueKeysWithValues: outcome.record.claims.map { claim in
        (claim.id, claim.value.map { ($0 * 1e6).rounded() / 1e6 } ?? .nan)
      })
    #expect(
      values == [
        "keep-all-exponent": 1, "square-root-exponent": 0.5,
        "naive-with-dropout-saved-per-layer": 1, "naive-with-dropout-saved": 2,
        "naive-saved-per-layer": 0.5, "naive-saved": 1, "tiled-with-dropout-saved": 0.25,
      ])
  }
}

/// Runs only the claims of the lesson, on results made by case.
private struct MadeUpResults: Lesson {
  static let card = RecomputationLesson.card

  func teach(_ notebook: Notebook) throws {
    let lesson = RecomputationLesson()
    lesson.claim(
      notebook, depths: [4, 16],
      Keyed { (policy: DepthPolicy) -> DepthCurve in
        switch policy {
        case .keepAll: DepthCurve(bytes: [4, 16])
        case .squareRoot: DepthCurve(bytes: [2, 4])
        default: DepthCurve(bytes: [.nan, .nan])
        }
      })
    lesson.claim(
      notebook,
      Keyed { (variant: AttentionVariant) -> SelectiveResult in
        let (measured, predicted, growth) =
          switch variant {
          case .naiveWithDropout: (50, 75, 50)
          case .naive: (50, 50, 75)
          case .tiledWithDropout: (75, 100, 100)
          }
        return SelectiveResult(
          kept: .init(measured: 100, predicted: 100, growth: 100),
          selective: .init(measured: measured, predicted: predicted, growth: growth),
          insideAttention: 50, layer: 100)
      })
  }
}
