import LessonKit
import MultiQueryLesson
import TestSupport
import Testing

/// Claims take their values from the cases that they name. Each case has its own made-up numbers,
/// so a claim that read another case would show it. A new case changes no claim.
@Suite struct ResultsByNameTests {
  @Test func claimsReadOnlyTheCasesThatTheyName() throws {
    let values = try claimValues(of: MadeUpResults.self)
    #expect(
      values == [
        "decode-speedup": 4, "multi-head-over-reading": 1, "multi-query-over-reading": 2,
        "grouped-loss": 1.5, "multi-query-loss": 2, "multi-query-widened-loss": 1.25,
        "mean-over-random": 0.5, "converted-over-multi-head": 3,
      ])
  }
}

/// Runs only the claims of the lesson, on results made by case.
private struct MadeUpResults: Lesson {
  static let card = MultiQueryLesson.card

  func teach(_ notebook: Notebook) throws {
    let lesson = MultiQueryLesson()
    let costs = Keyed { (sharing: Sharing) -> DecodeCost in
      switch sharing {
      case .multiHead: DecodeCost(cacheBytes: 800, seconds: 8)
      case .multiQuery: DecodeCost(cacheBytes: 100, seconds: 2)
      default: DecodeCost(cacheBytes: 0, seconds: .nan)
      }
    }
    lesson.claim(
      notebook, heads: 8,
      DecodeTiming(rows: [DecodeTiming.Row(context: 10, costs: costs)], bandwidth: 100))
    lesson.claim(
      notebook,
      Keyed { (model: QualityModel) -> QualityResult in
        let loss =
          switch model {
          case .multiHead: 2.0
          case .grouped: 3.0
          case .multiQuery: 4.0
          case .multiQueryWidened: 2.5
          }
        return QualityResult(parameterCount: 1, losses: [loss])
      })
    lesson.claim(
      notebook, multiHead: [2], lastStageName: "2 steps",
      Keyed { (pooling: HeadPooling) -> ConversionResult in
        ConversionResult(
          losses: Keyed { (stage: ConversionStage) -> [Double] in
            switch (pooling, stage) {
            case (.mean, .before): [4]
            case (.mean, .tenth): [6]
            case (.random, .before): [8]
            default: [.nan]
            }
          })
      })
  }
}
