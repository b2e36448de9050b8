import LessonKit
import PositionsLesson
import TestSupport
import Testing

/// The bounds of what is learned, and the pilots that they come from.
@Suite struct BoundTests {
  /// A bound is at most three times as wide as the range of its pilots, and contains their mean.
  @Test func boundsAreAsNarrowAsTheirPilotsSay() throws {
    let claims = try runRecord(of: PositionsLesson.self).claims
    let learned = claims.filter { $0.minimumScale == .standard }
    #expect(learned.count == 17)
    for claim in learned {
      let pilots = claim.pilotValues ?? []
      #expect(pilots.count >= 3, "\(claim.id)")
      guard case .within(let range) = claim.bound, let least = pilots.min(),
        let largest = pilots.max()
      else {
        Issue.record("\(claim.id): no range or no pilots")
        continue
      }
      #expect(
        range.upperBound - range.lowerBound <= 3 * (largest - least) + 1e-9,
        "\(claim.id): \(range) for pilots of \(least) to \(largest)")
      #expect(range.contains(pilots.reduce(0, +) / Double(pilots.count)), "\(claim.id)")
    }
  }

  /// At smoke scale there are two seeds.
  @Test func everyLearnedClaimHasTheValueOfEachSeed() throws {
    for claim in try runRecord(of: PositionsLesson.self).claims
    where claim.minimumScale == .standard {
      #expect(claim.seedValues.count == 2, "\(claim.id): \(claim.seedValues)")
    }
  }
}
