import LessonKit
import Testing

/// Checks the bounds of a lesson's learned claims, those that are checked from standard scale on: each
/// has the value of every seed, and a range that is at most three times as wide as that of its pilots
/// and contains their mean.
///
/// - Parameters:
///   - lesson: The lesson. It runs at smoke scale.
///   - learnedClaims: How many claims there are.
///   - pilotCount: The pilots of each claim.
///   - leastRange: The range of the pilots that counts where all are equal, such as one question of a
///     seed's exam.
///   - seedCount: The seeds of the lesson at smoke scale.
///   - sourceLocation: Where a failure is shown.
/// - Throws: as `runRecord(of:scale:corpusPath:)`.
public func expectBoundsFromPilots(
  in lesson: any Lesson.Type, learnedClaims: Int, pilotCount: Int, leastRange: Double = 0,
  seedCount: Int = 2, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let learned = try runRecord(of: lesson).claims.filter { $0.pilotValues != nil }
  #expect(learned.count == learnedClaims, sourceLocation: sourceLocation)
  for claim in learned {
    let pilots = claim.pilotValues ?? []
    #expect(pilots.count == pilotCount, "\(claim.id)", sourceLocation: sourceLocation)
    #expect(
      claim.seedValues.count == seedCount, "\(claim.id): \(claim.seedValues)",
      sourceLocation: sourceLocation)
    guard case .within(let range) = claim.bound, let least = pilots.min(),
      let largest = pilots.max()
    else {
      Issue.record("\(claim.id): no range or no pilots", sourceLocation: sourceLocation)
      continue
    }
    #expect(
      range.upperBound - range.lowerBound <= 3 * max(largest - least, leastRange) + 1e-9,
      "\(claim.id): \(range) for pilots of \(least) to \(largest)", sourceLocation: sourceLocation)
    #expect(
      range.contains(pilots.reduce(0, +) / Double(pilots.count)), "\(claim.id)",
      sourceLocation: sourceLocation)
  }
}
