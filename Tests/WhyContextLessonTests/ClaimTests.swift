import Corpora
import LessonKit
import TestSupport
import Testing
import WhyContextLesson

/// The claims of this lesson. Those about trained readers are made from results that are known.
@Suite struct ClaimTests {
  @Test func valuesOfKnownResults() throws {
    let claims = try runRecord(of: MadeUpResults.self, scale: .standard).claims
    let expected: [String: Double] = [
      "retrieval-coverage": 1, "rule-chain-coverage": 0, "rounds-coverage": 0.7,
      "whole-one-fact": 0.96, "truncated-expected": 0.28 - 0.4, "rule-expected": 0.3 - 1,
      "whole-chain": 0.8, "second-round": 0.5, "whole-over-rounds": 0.1,
      "whole-over-retrieval-count": 0.2, "whole-over-best": (0.96 + 0.8 + 0.6 - 1.5) / 3,
      "rounds-count": -0.1, "tuning-steps": 6,
      "tuned-chain": 0.25, "tuning-forgets": 0.3, "own-steps": 6, "own-chain": 0.25,
      "rule-gain": 0.5, "rule-best": 0.75,
    ]
    #expect(Set(claims.map(\.id)) == Set(expected.keys))
    for claim in claims {
      let wanted = try #require(expected[claim.id])
      #expect(abs((claim.value ?? .nan) - wanted) < 1e-12, "\(claim.id): \(claim.value ?? .nan)")
    }
  }

  /// What methods cover needs no trained model, so those claims hold at smoke scale.
  @Test func theLessonMakesAllOfThem() throws {
    let made = try runRecord(of: WhyContextLesson.self).claims
    let known = try runRecord(of: MadeUpResults.self).claims
    #expect(Set(made.map(\.id)) == Set(known.map(\.id)).union(["reading-formula"]))
    for claim in known {
      #expect(made.first { $0.id == claim.id }?.bound == claim.bound, "\(claim.id)")
    }
    let checked = made.filter { $0.minimumScale == .smoke }
    #expect(
      checked.map(\.id) == [
        "retrieval-coverage", "rule-chain-coverage", "rounds-coverage", "reading-formula",
      ])
    for claim in checked { #expect(claim.holds == true, "\(claim.sentence)") }
  }

  @Test func boundsAreAsNarrowAsTheirPilotsSay() throws {
    try expectBoundsFromPilots(
      in: WhyContextLesson.self, learnedClaims: 16, pilotCount: 12, leastRange: 1 / 200)
  }
}

/// Makes only the claims of the lesson, from two seeds. Stories of 8 sentences have other results,
/// which no claim takes.
private struct MadeUpResults: Lesson {
  static let card = WhyContextLesson.card

  func teach(_ notebook: Notebook) throws {
    let lesson = WhyContextLesson()
    let results = Results(lengths: [8, 64]) { method, kind, length in
      guard length == 64 else { return [Score(asked: 100), Score(asked: 100)] }
      return switch (method, kind) {
      case (.whole, .oneFact): [right(95), right(97)]
      case (.whole, .chain): [right(80), right(80)]
      case (.whole, .count): [right(60), right(60)]
      case (.retrieval, .oneFact): [right(72), right(72)]
      case (.retrieval, .chain): [right(20, covered: 10), right(20, covered: 10)]
      case (.retrieval, .count): [right(40), right(40)]
      case (.twoRounds, .chain): [right(70, covered: 70), right(70, covered: 90)]
      case (.twoRounds, .count): [right(50), right(50)]
      case (.ruleSummary, .chain): [right(30, covered: 0), right(30, covered: 0)]
      // Of 80 contexts that lack the answer, 20 allow the right guess.
      case (.truncated, _):
        [Score](
          repeating: Score(asked: 100, right: 28, covered: 20, guessed: 20),
          count: 2)
      default: [right(30), right(30)]
      }
    }
    lesson.claimCoverage(notebook, results, length: 64)
    lesson.claim(notebook, results, length: 64)
    // At the step after which all is known, two of four chains are right where the most frequent value
    // answers one, and questions about other stories have fallen from 0.9 to 0.6. At the end both are
    // worse, which no claim takes.
    let scores = [(0, 9), (2, 6), (0, 1)].map { chains, others in
      WeightsScore(
        own: Keyed { $0 == .chain ? Score(asked: 4, right: chains) : Score(asked: 4, right: 4) },
        others: Score(asked: 10, right: others))
    }
    let curve = WeightsCurve(
      steps: [0, 8], scores: [scores[0], scores[2]], learnedAfter: [4, 8], whenLearned: scores[1],
      mostFrequentValue: Score(asked: 4, right: 1))
    lesson.claim(notebook, fineTuned: [curve, curve], own: [curve, curve])
    let rule = WhyContextLesson.RuleAccuracy(
      model: [0.1, 0.2, 0.6], bestPossible: [0.5, 0.6, 0.8])
    lesson.claim(notebook, [rule, rule])
  }

  private func right(_ right: Int, covered: Int = 100) -> Score {
    Score(asked: 100, right: right, covered: covered)
  }
}
