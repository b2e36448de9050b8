import ConditionalComputationLesson
import LessonKit
import TestSupport
import Testing

/// Claims take their values from the cases that they name. In these results only those cases have
/// numbers; all others are NaN, which would show in the claim. So a new case changes no claim.
@Suite struct ResultsByNameTests {
  @Test func claimsReadOnlyTheCasesThatTheyName() throws {
    let values = try claimValues(of: MadeUpResults.self)
    #expect(
      values == [
        "noisy-over-all-heavy": 0.75, "heavy-branch-flops": 0.125, "every-8th-hard-right": 0.25,
        "random-hard-right": 0.1875, "noisy-precision": 0.5, "routed-over-dense": 2,
      ])
  }
}

/// Runs only the claims of the lesson, on results made by case.
private struct MadeUpResults: Lesson {
  static let card = ConditionalComputationLesson.card

  func teach(_ notebook: Notebook) throws {
    let lesson = ConditionalComputationLesson()
    lesson.claim(
      notebook,
      Keyed { (method: RoutingMethod) -> HardBitsResult in
        switch method {
        case .allHeavy: result(hard: 1, flops: 1000)
        case .allLight: result(hard: .nan, flops: 200)
        case .everyEighth: result(hard: 0.25, flops: .nan)
        case .random: result(hard: 0.1875, flops: .nan)
        case .learnedWithNoise: result(hard: 0.75, flops: 300, precision: 0.5)
        default: result(hard: .nan, flops: .nan)
        }
      })
    lesson.claim(
      notebook,
      Keyed { (model: DepthModel) -> DepthResult in
        let loss =
          switch model {
          case .routed: 3.0
          case .dense: 1.5
          default: Double.nan
          }
        return DepthResult(flopsPerToken: .nan, parameterCount: 1, losses: [loss])
      })
  }

  private func result(
    hard: Double, flops: Double, precision: Double = .nan
  ) -> HardBitsResult {
    HardBitsResult(
      scores: [HardBitsScore(hardAccuracy: hard, easyAccuracy: .nan, precision: precision)],
      flopsPerToken: flops, secondsPerStep: .nan)
  }
}
