import HundredThousandLesson
import LessonKit
import TestSupport
import Testing

/// Claims take their values from the cases that they name. In these results only those cases have
/// numbers; all others are NaN, which would show in the claim. So a new case changes no claim.
@Suite struct ResultsByNameTests {
  @Test func claimsReadOnlyTheCasesThatTheyName() throws {
    let values = try claimValues(of: MadeUpResults.self).mapValues { ($0 * 1e6).rounded() / 1e6 }
    #expect(
      values == [
        "bytes-off-prediction": 0.25, "windows-exponent": 1, "tiled-exponent": 2,
        "training-step-bytes": 125, "rope-in-windows-far-over-near": 2,
        "sinusoidal-over-rope-in-windows": 1.5, "recall-within-training": 0.5,
        "recall-longest-scaled": 1,
      ])
  }
}

/// Runs only the claims of the lesson, on results made by case.
private struct MadeUpResults: Lesson {
  static let card = HundredThousandLesson.card

  func teach(_ notebook: Notebook) throws {
    let lesson = HundredThousandLesson()
    lesson.claim(
      notebook, memoryLimit: 1000,
      Keyed { (name: WorkloadName) -> [WorkloadResult] in
        [100, 200, 400].map { length in
          var result = WorkloadResult(length: length, predictedBytes: 100)
          let x = Double(length)
          switch name {
          case .tiled: result.workSeconds = x * x
          case .windows: result.workSeconds = x
          case .trainingRecomputed: result.peakBytes = 125
          default: result.workSeconds = .nan
          }
          return result
        }
      })
    lesson.claim(
      notebook,
      Keyed { (choice: PositionChoice) -> PositionCurve in
        switch choice {
        case .ropeInWindows: PositionCurve(losses: [], atTheEnd: 2, fromT: 1)
        case .sinusoidal: PositionCurve(losses: [], atTheEnd: 3, fromT: .nan)
        default: PositionCurve(losses: [], atTheEnd: .nan, fromT: .nan)
        }
      })
    let (right, wrong) = (Answer(depth: 0, isRight: true), Answer(depth: 0, isRight: false))
    lesson.claim(
      notebook, claimedLength: 10, longest: 20,
      Keyed { (scores: GlobalScores) -> RecallResult in
        switch scores {
        case .asTrained: RecallResult(answers: [10: [right, wrong]])
        case .scaled: RecallResult(answers: [20: [right]])
        }
      })
  }
}
