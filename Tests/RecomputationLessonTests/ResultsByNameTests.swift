import LessonKit
import RecomputationLesson
import TestSupport
import Testing

/// Claims take their values from the cases that they name. Each case has its own made-up numbers,
/// so a claim that read another case would show it. A new case changes no claim.
@Suite struct ResultsByNameTests {
  @Test func claimsReadOnlyTheCasesThatTheyName() throws {
    let values = try claimValues(of: MadeUpResults.self).mapValues { ($0 * 1e6).rounded() / 1e6 }
    #expect(
      values == [
        "layer-values": 1, "full-exponent-grows": 1, "square-root-exponent": 0.5,
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
      notebook, depths: [4, 16, 64],
      Keyed { (policy: DepthPolicy) -> DepthCurve in
        switch policy {
        case .keepAll: DepthCurve(bytes: [4, 16, 124])
        case .squareRoot: DepthCurve(bytes: [2, 2, 4])
        case .full: DepthCurve(bytes: [1, 4, 8])
        case .revolve: DepthCurve(bytes: [.nan, .nan, .nan])
        }
      }, bytesPerValue: 2, layer: 1)
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
